// Types of client.mjs. Written by scripts/generate_stdio_client.py from the schemas of `stationthis serve-stdio`.

export declare const PROTOCOL: number;

export type Json = string | number | bigint | boolean | null | undefined | Json[] | { [name: string]: Json };
__DEFINITIONS__
export interface Options {
  /** The `stationthis` command, with arguments that come before `serve-stdio`. */
  command?: string;
  args?: string[];
  /** On this machine, without an account. */
  local?: boolean;
  profile?: string;
  env?: Record<string, string | undefined>;
  cwd?: string;
  onLog?: (line: string) => void;
}

/** An answer that is an error. */
export declare class StationThisError extends Error {
  /** JSON-RPC's number. */
  readonly code: ErrorObject["code"];
  /** The product's word, such as generation_failed. */
  readonly word: string | null;
  readonly retryable: boolean;
  readonly runId: string | null;
  readonly problems: string[];
  readonly suggestions: string[];
  readonly data: ErrorData;
}

/** The server is gone: what it was asked for may have happened. A submit with the same key finds out. */
export declare class ServerGone extends Error {
  /** False for a submit without a key: a run may exist. */
  readonly retryable: boolean;
}

export interface Methods {
__METHOD_TYPES__}

export interface Notifications {
__NOTIFICATION_TYPES__}

export declare class StationThis {
  constructor(options?: Options);
  readonly pid: number | undefined;
  call<M extends keyof Methods>(method: M, params?: Methods[M]["params"]): Promise<Methods[M]["result"]>;
  onNotification(
    listener: <N extends keyof Notifications>(method: N, params: Notifications[N]) => void,
  ): () => boolean;
  /** The events of a run until its end; of all runs, without an end, when none is named. */
  follow(runId?: string, options?: { since?: number; instance?: string; signal?: AbortSignal }): AsyncGenerator<Event, void, undefined>;
  /** End the server, runs go on; resolves to its exit code, null where it was killed. */
  close(options?: { patience?: number }): Promise<number | null>;
__CLASS_METHODS__}
