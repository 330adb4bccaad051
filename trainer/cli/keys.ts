import { Command } from 'commander';
import { createKey, keyFolder, listKeys, readKey } from '../../exporter/signing/key-folder.ts';

export function keysCommand(): Command {
  const create = new Command('new')
    .description('Make a key pair; the private half stays in your configuration folder.')
    .option('--name <name>', 'name of the key', 'default')
    .addHelpText('after', '\nExample:\n  patchwork keys new --name release')
    .action(async ({ name }: { name: string }) => {
      const { path, publicKey } = await createKey(name);
      console.log(`Key "${name}" written to ${path}; keep a copy in a safe place.`);
      console.log(`Public key, for those who check what it signs: ${publicKey}`);
    });
  const list = new Command('list')
    .description('List the keys: name, id and public key.')
    .addHelpText('after', '\nExample:\n  patchwork keys list')
    .action(async () => {
      const keys = await listKeys();
      if (keys.length === 0)
        console.log(`No keys in ${keyFolder()}; make one: patchwork keys new.`);
      for (const { name, signing, publicKey } of keys) {
        console.log(`${name} ${signing.keyId} ${publicKey}`);
      }
    });
  const show = new Command('show')
    .description('Print the public key, 64 hexadecimal digits, and nothing else.')
    .argument('[name]', 'name of the key', 'default')
    .addHelpText('after', '\nExample:\n  patchwork keys show release')
    .action(async (name: string) => console.log((await readKey(name)).publicKey));
  return new Command('keys')
    .description('Make and list the keys that versions and channels are signed with.')
    .addCommand(create)
    .addCommand(list)
    .addCommand(show)
    .addHelpText('after', '\nExample:\n  patchwork keys new');
}
