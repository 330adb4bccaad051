import type { Command } from 'commander';
import { REGISTRY_DEFAULTS } from '../../exporter/registry/defaults.ts';
import type { ObjectStore } from '../../exporter/registry/object-store.ts';
import { openStore } from '../../exporter/registry/open-store.ts';

export interface RegistryOption {
  readonly registry: string;
}

export interface ChannelOption {
  readonly channel: string;
}

export interface ModelOption {
  readonly model: string;
}

export function withRegistryOption(command: Command): Command {
  return command.option(
    '--registry <place>',
    "a folder, as in wrangler dev's --persist-to, or s3://bucket?endpoint=https://host",
    REGISTRY_DEFAULTS.folder,
  );
}

export function withChannelOption(command: Command): Command {
  return command.option('--channel <name>', 'the channel', REGISTRY_DEFAULTS.channel);
}

export function withModelOption(command: Command): Command {
  return command.option('--model <name>', 'name of the model', REGISTRY_DEFAULTS.model);
}

/** A registry that is being opened. */
export interface OpeningStore {
  /** @throws RegistryError */
  readonly opened: Promise<ObjectStore>;
  close(): Promise<void>;
}

/** Opens the registry that an option names while something else goes on. */
export function openAhead(registry: string): OpeningStore {
  const opened = openStore(registry);
  // Whether it can be opened matters to whoever asks for it alone.
  opened.catch(() => {});
  return { opened, close: async () => (await opened.catch(() => null))?.close() };
}

/** Opens the registry that an option names for as long as `work` takes. */
export async function withStore<T>(
  registry: string,
  work: (store: ObjectStore) => Promise<T>,
): Promise<T> {
  const store = await openStore(registry);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
