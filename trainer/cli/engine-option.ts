import { type Command, Option } from 'commander';
import type { Engine } from '../engine/engine.ts';
import {
  ENGINE_CHOICES,
  type EngineChoice,
  PROVIDER_CHOICES,
  type ProviderChoice,
  selectEngine,
} from '../engine/select.ts';
import type { Architecture } from '../network/architecture.ts';

/** Where a command computes. */
export interface EngineOption {
  readonly engine: EngineChoice;
  readonly provider: ProviderChoice;
}

export function withEngineOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--engine <name>', 'where to compute').choices(ENGINE_CHOICES).default('auto'),
    )
    .addOption(
      new Option('--provider <name>', 'what the onnx engine computes with')
        .choices(PROVIDER_CHOICES)
        .default('auto'),
    );
}

/**
 * The engine that the options ask for, for a network of that width; says which it is, and why.
 * @throws EngineError ENGINE_UNAVAILABLE
 */
export async function engineFor(
  { engine: choice, provider }: EngineOption,
  { width }: Pick<Architecture, 'width'>,
): Promise<Engine> {
  const { engine, notes } = await selectEngine(choice, { provider, width });
  for (const note of notes) console.error(note);
  return engine;
}
