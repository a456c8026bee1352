// Types of client.mjs. What stands between two marks scripts/generate_stdio_client.py writes, from the schemas.

export declare const PROTOCOL: number;

export type Json = string | number | bigint | boolean | null | undefined | Json[] | { [name: string]: Json };

// definitions: written by the script
export interface Output {
  /** image, animation, video, audio, mesh, text or file */
  kind: string;
  /** The workflow's own name for it. */
  name: string | null;
  url: string | null;
  text: string | null;
  filename: string | null;
  /** Where it was saved. */
  saved: string | null;
}

export interface Timings {
  created_at: string | null;
  queued_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  /** Seconds. */
  duration: number | null;
  /** Seconds at work. */
  run_duration: number | null;
}

export interface Run {
  run_id: string;
  /** not-started, queued, started, running, uploading; success, failed, timeout, cancelled */
  state: string;
  /** Whether it has ended. */
  final: boolean;
  /** Why it failed. */
  reason: string | null;
  deployment: string | null;
  inputs: Record<string, Json>;
  outputs: Output[];
  timings: Timings;
  /** US dollars, estimated; null where nobody knows. */
  cost: number | null;
  cost_why: string | null;
  from_cache: boolean;
}

export interface Event {
  /** Its number, within this process. */
  cursor: number;
  /** When it was heard; UTC. */
  at: string;
  event: "state" | "progress" | "output" | "end";
  run_id: string;
  state: string;
  /** 0–1; never goes back. */
  fraction: number;
  queue_position: number | null;
  message: string;
  output: Output | null;
}

export interface Field {
  name: string;
  kind: string;
  required: boolean;
  default: Json;
  minimum: number | null;
  maximum: number | null;
  step: number | null;
  options: string[] | null;
  label: string;
  description: string;
}

export interface Deployment {
  name: string;
  environment: string;
  version: number | null;
  id: string;
  description: string;
  /** api, or cache for a copy. */
  source: string;
  asked_at: string;
  inputs: Field[];
}

export interface Button {
  label: string;
  data: string;
  url: string;
}

export interface SentFile {
  /** The output's place in the run. */
  place: number;
  filename: string;
  kind: string;
  mime: string | null;
}

export interface Step {
  kind: "photo" | "album" | "animation" | "video" | "audio" | "document" | "text";
  files: SentFile[];
  text: string;
  buttons: Button[][];
  /** To the user alone, not into the group. */
  private: boolean;
}

export interface Made {
  /** Its place among the outputs; where it stands in the list by default. */
  place?: number;
  kind: string;
  filename?: string | null;
  mime?: string | null;
  /** Bytes. */
  size?: number | null;
  /** Pixels. */
  width?: number | null;
  /** Pixels. */
  height?: number | null;
  text?: string | null;
  url?: string | null;
  transparent?: boolean;
  [name: string]: Json;
}

export interface ErrorData {
  /** The error's class in the SDK, or ProtocolError. */
  type: string;
  /** The product's word, such as generation_failed. */
  code: string | null;
  /** Whether the same request may succeed later, and costs nothing twice. */
  retryable: boolean;
  run_id: string | null;
  problems: string[];
  suggestions: string[];
  /** Seconds. */
  retry_after?: number;
  /** Why a run failed, in the words of its machine. */
  reason?: string;
}

export interface ErrorObject {
  code: -32000 | -32001 | -32010 | -32011 | -32012 | -32013 | -32014 | -32015 | -32020 | -32021 | -32022 | -32023 | -32024 | -32025 | -32030 | -32031 | -32032 | -32040 | -32600 | -32601 | -32602 | -32603 | -32700;
  message: string;
  data: ErrorData;
}
// end of definitions

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
  // method types: written by the script
  /** Says who is there, and what can be asked for. Not needed, but a good first thing to ask. */
  hello: {
    params: {
      client?: string;
      version?: string;
    };
    result: {
      server: string;
      version: string;
      /** Goes up when what is there already changes. */
      protocol: number;
      methods: string[];
      /** local: a gateway on this machine. */
      where: "cloud" | "local";
      /** Tells accounts apart; no key. */
      account: string;
      /** Other in every process: cursors of events are good within one. */
      instance: string;
      notes: string[];
    };
  };
  /** Starts a run. With a key the same run is returned, however often it is asked for, also after a crash. */
  submit: {
    params: {
      /** Name, id or share slug of a deployment. */
      deployment?: string;
      /** The same, as the product spells it. */
      deployment_id?: string;
      /** The same, as the product spells it. */
      deploymentId?: string;
      /** production, staging, preview, … */
      environment?: string;
      /**
       * Inputs by name. Pictures and files: a web address, a data URL, {path}, {base64} or {url}, the last
       * three perhaps with filename. A bare text is never a path.
       */
      inputs?: Record<string, Json>;
      /**
       * Yours, of this one wish: with another deployment or other inputs it is refused. It holds for all
       * who share the data folder and the workspace, so bots begin theirs with their own names; at another
       * address of the service, or in another data folder, it is another key.
       */
      key?: string;
      options?: {
        /** Seconds after which the run is not watched any more. */
        timeout?: number;
        /** What to ask for; the deployment's own wins. */
        gpu?: string;
        tags?: string[];
        /** A URL that hears of every change of state. */
        webhook?: string;
        /** Take an equal run made from this machine instead of paying again. */
        cache?: boolean;
        /** Send inputs that the workflow does not declare. */
        allow_unknown?: boolean;
      };
    };
    result: {
      run_id: string;
      state: string;
      deployment: string | null;
      /** The key was there already: nothing was started. */
      known: boolean;
    };
  };
  /** Waits for a run's end, and returns the run; as it stands, once so many seconds have passed. */
  wait: {
    params: {
      /** The service's id of the run. */
      run_id?: string;
      /** The service's id of the run. */
      runId?: string;
      timeout?: number;
    };
    result: Run;
  };
  /** Reads a run from the service. */
  get: {
    params: {
      /** The service's id of the run. */
      run_id?: string;
      /** The service's id of the run. */
      runId?: string;
    };
    result: Run;
  };
  /** The same as get. */
  status: {
    params: {
      /** The service's id of the run. */
      run_id?: string;
      /** The service's id of the run. */
      runId?: string;
    };
    result: Run;
  };
  /**
   * What has happened to runs since a cursor; waits so many seconds while there is nothing. A run that is
   * named is watched from then on. The last 10,000 events of this process are kept.
   */
  events: {
    params: {
      /** The service's id of the run. */
      run_id?: string;
      /** The service's id of the run. */
      runId?: string;
      since?: number;
      limit?: number;
      timeout?: number;
      /** hello's: by it another process knows that the cursor is none of its own. */
      instance?: string;
    };
    result: {
      events: Event[];
      cursor: number;
      instance: string;
      /** Events since the cursor are not kept any more. */
      missed: boolean;
      /** The run that was named has ended, and no more events of it will come. */
      final: boolean;
    };
  };
  /** From now on each event comes as a notification, too. A run that is named is watched from then on. */
  follow: {
    params: {
      /** The service's id of the run. */
      run_id?: string;
      /** The service's id of the run. */
      runId?: string;
    };
    result: {
      cursor: number;
      instance: string;
    };
  };
  /** No more notifications. */
  unfollow: {
    params: Record<string, never>;
    result: Record<string, never>;
  };
  /** Cancels a run, and tells the state it ended in; one that has ended keeps its end. */
  cancel: {
    params: {
      /** The service's id of the run. */
      run_id?: string;
      /** The service's id of the run. */
      runId?: string;
    };
    result: {
      run_id: string;
      state: string;
    };
  };
  /** Saves every output into a folder, with a JSON of its inputs beside it unless sidecar is false. */
  save: {
    params: {
      /** The service's id of the run. */
      run_id?: string;
      /** The service's id of the run. */
      runId?: string;
      to: string;
      sidecar?: boolean;
    };
    result: {
      run_id: string;
      paths: string[];
    };
  };
  /** Uploads a file, and tells its address. */
  upload: {
    params: {
      /** A file on this machine. */
      path?: string;
      /** Its bytes. */
      base64?: string;
      /** A web address, or a data URL; it is fetched and uploaded. */
      url?: string;
      /** What it is to be called. */
      filename?: string;
    };
    result: {
      id: string;
      url: string;
      filename: string;
      mime: string | null;
      size: number | null;
    };
  };
  /** Lists the deployments with their inputs. */
  deployments: {
    params: {
      environment?: string;
      refresh?: boolean;
    };
    result: {
      deployments: Deployment[];
    };
  };
  /** What runs would cost and how long they take, by earlier runs; nothing is sent. */
  estimate: {
    params: {
      /** Name, id or share slug of a deployment. */
      deployment?: string;
      /** The same, as the product spells it. */
      deployment_id?: string;
      /** The same, as the product spells it. */
      deploymentId?: string;
      /** production, staging, preview, … */
      environment?: string;
      /**
       * Inputs by name. Pictures and files: a web address, a data URL, {path}, {base64} or {url}, the last
       * three perhaps with filename. A bare text is never a path.
       */
      inputs?: Record<string, Json>;
      /** Inputs of many runs. */
      rows?: Record<string, Json>[];
    };
    result: {
      rows: number;
      missing: number;
      dollars: number | null;
      most: number | null;
      seconds: number | null;
      runs_before: number;
      why: string | null;
    };
  };
  /**
   * What to send for a run that has ended, on a platform: an ordered plan; one sentence for one that did
   * not end well.
   */
  render: {
    params: {
      platform: "telegram" | "discord";
      /** The service's id of the run. */
      run_id?: string;
      /** The service's id of the run. */
      runId?: string;
      /** Instead of a run: what it made, best with sizes. */
      outputs?: Made[];
      /** send-as, filename; of a run, those in its workflow's notes by default. */
      hints?: Record<string, string>;
      /** Other limits than the platform's own, like upload in bytes. */
      limits?: Record<string, number | null>;
      caption?: string;
      name?: string;
      private_documents?: boolean;
      buttons?: Button[][];
    };
    result: {
      steps: Step[];
    };
  };
  /** The commands of a bot as the platform registers them; with what is registered, only what has to change. */
  commands: {
    params: {
      platform: "telegram" | "discord";
      registered?: {
        type?: number | null;
        options?: {
          choices?: Record<string, Json>[] | null;
          [name: string]: Json;
        }[] | null;
        [name: string]: Json;
      }[];
    };
    result: {
      commands: Record<string, Json>[];
      diff: {
        add: Record<string, Json>[];
        change: Record<string, Json>[];
        remove: Record<string, Json>[];
      } | null;
    };
  };
  /** What somebody likes inputs to be. */
  get_preferences: {
    params: {
      user?: string;
      workflow?: string;
    };
    result: {
      preferences: Record<string, Json>;
    };
  };
  /** Prefers these from now on. */
  set_preferences: {
    params: {
      words: Record<string, Json>;
      user?: string;
      workflow?: string;
    };
    result: {
      preferences: Record<string, Json>;
    };
  };
  /** Prefers nothing any more, or not these. */
  forget_preferences: {
    params: {
      user?: string;
      workflow?: string;
      names?: string[];
    };
    result: Record<string, never>;
  };
  /** Ends the process when it has answered; runs go on, and are told. */
  shutdown: {
    params: Record<string, never>;
    result: {
      runs: {
        run_id: string;
        state: string;
      }[];
    };
  };
  /** submit, in the product's words. */
  submit_request: {
    params: {
      /** Name, id or share slug of a deployment. */
      deployment?: string;
      /** The same, as the product spells it. */
      deployment_id?: string;
      /** The same, as the product spells it. */
      deploymentId?: string;
      /** production, staging, preview, … */
      environment?: string;
      /**
       * Inputs by name. Pictures and files: a web address, a data URL, {path}, {base64} or {url}, the last
       * three perhaps with filename. A bare text is never a path.
       */
      inputs?: Record<string, Json>;
      /**
       * Yours, of this one wish: with another deployment or other inputs it is refused. It holds for all
       * who share the data folder and the workspace, so bots begin theirs with their own names; at another
       * address of the service, or in another data folder, it is another key.
       */
      key?: string;
      webhook?: string;
      [name: string]: Json;
    };
    result: {
      success: boolean;
      run_id: string;
      runId: string;
      /** completed for success; else the service's own word. */
      status: string;
    };
  };
  /** get, in the product's words. */
  check_status: {
    params: {
      /** The service's id of the run. */
      run_id?: string;
      /** The service's id of the run. */
      runId?: string;
      [name: string]: Json;
    };
    result: {
      success: boolean;
      run_id: string;
      runId: string;
      /** completed for success; else the service's own word. */
      status: string;
      /** 0–1 */
      progress: number;
      live_status: string;
      liveStatus: string;
      queue_position: number | null;
      code: string | null;
      error: string | null;
    };
  };
  /** What a run made, in the product's words. */
  get_results: {
    params: {
      /** The service's id of the run. */
      run_id?: string;
      /** The service's id of the run. */
      runId?: string;
      [name: string]: Json;
    };
    result: {
      success: boolean;
      run_id: string;
      runId: string;
      /** completed for success; else the service's own word. */
      status: string;
      code: string | null;
      error: string | null;
      images: {
        url: string;
        filename: string | null;
      }[];
      files: {
        url: string;
        filename: string | null;
        kind: string;
      }[];
      texts: string[];
      outputs: Output[];
    };
  };
  /** cancel, in the product's words. */
  cancel_request: {
    params: {
      /** The service's id of the run. */
      run_id?: string;
      /** The service's id of the run. */
      runId?: string;
      [name: string]: Json;
    };
    result: {
      success: boolean;
      run_id: string;
      runId: string;
      /** completed for success; else the service's own word. */
      status: string;
    };
  };
  /** A signed address to PUT one file to. The file is to be had at download_url once it is there. */
  get_upload_url: {
    params: {
      /** Its media type. */
      type: string;
      file_size?: number;
      fileSize?: number;
      filename?: string;
      [name: string]: Json;
    };
    result: {
      success: boolean;
      upload_url: string;
      uploadUrl: string;
      download_url: string;
      downloadUrl: string;
      file_id: string;
      fileId: string;
      headers: Record<string, string>;
      expires_at: string | null;
    };
  };
  /** upload, in the product's words. */
  upload_file: {
    params: {
      /** A file on this machine. */
      path?: string;
      /** Its bytes. */
      base64?: string;
      /** A web address, or a data URL; it is fetched and uploaded. */
      url?: string;
      /** What it is to be called. */
      filename?: string;
      [name: string]: Json;
    };
    result: {
      success: boolean;
      id: string;
      url: string;
      filename: string;
    };
  };
  // end of method types
}

export interface Notifications {
  // notification types: written by the script
  event: Event;
  closing: {
    runs: {
      run_id: string;
      state: string;
    }[];
  };
  // end of notification types
}

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
  // class methods: written by the script
  /** Says who is there, and what can be asked for. Not needed, but a good first thing to ask. */
  hello(params?: Methods["hello"]["params"]): Promise<Methods["hello"]["result"]>;
  /** Starts a run. With a key the same run is returned, however often it is asked for, also after a crash. */
  submit(params: Methods["submit"]["params"]): Promise<Methods["submit"]["result"]>;
  /** Waits for a run's end, and returns the run; as it stands, once so many seconds have passed. */
  wait(params: Methods["wait"]["params"]): Promise<Methods["wait"]["result"]>;
  /** Reads a run from the service. */
  get(params: Methods["get"]["params"]): Promise<Methods["get"]["result"]>;
  /** The same as get. */
  status(params: Methods["status"]["params"]): Promise<Methods["status"]["result"]>;
  /**
   * What has happened to runs since a cursor; waits so many seconds while there is nothing. A run that is
   * named is watched from then on. The last 10,000 events of this process are kept.
   */
  events(params?: Methods["events"]["params"]): Promise<Methods["events"]["result"]>;
  /** No more notifications. */
  unfollow(params?: Methods["unfollow"]["params"]): Promise<Methods["unfollow"]["result"]>;
  /** Cancels a run, and tells the state it ended in; one that has ended keeps its end. */
  cancel(params: Methods["cancel"]["params"]): Promise<Methods["cancel"]["result"]>;
  /** Saves every output into a folder, with a JSON of its inputs beside it unless sidecar is false. */
  save(params: Methods["save"]["params"]): Promise<Methods["save"]["result"]>;
  /** Uploads a file, and tells its address. */
  upload(params: Methods["upload"]["params"]): Promise<Methods["upload"]["result"]>;
  /** Lists the deployments with their inputs. */
  deployments(params?: Methods["deployments"]["params"]): Promise<Methods["deployments"]["result"]>;
  /** What runs would cost and how long they take, by earlier runs; nothing is sent. */
  estimate(params: Methods["estimate"]["params"]): Promise<Methods["estimate"]["result"]>;
  /**
   * What to send for a run that has ended, on a platform: an ordered plan; one sentence for one that did
   * not end well.
   */
  render(params: Methods["render"]["params"]): Promise<Methods["render"]["result"]>;
  /** The commands of a bot as the platform registers them; with what is registered, only what has to change. */
  commands(params: Methods["commands"]["params"]): Promise<Methods["commands"]["result"]>;
  /** What somebody likes inputs to be. */
  get_preferences(params?: Methods["get_preferences"]["params"]): Promise<Methods["get_preferences"]["result"]>;
  /** Prefers these from now on. */
  set_preferences(params: Methods["set_preferences"]["params"]): Promise<Methods["set_preferences"]["result"]>;
  /** Prefers nothing any more, or not these. */
  forget_preferences(params?: Methods["forget_preferences"]["params"]): Promise<Methods["forget_preferences"]["result"]>;
  /** submit, in the product's words. */
  submit_request(params: Methods["submit_request"]["params"]): Promise<Methods["submit_request"]["result"]>;
  /** get, in the product's words. */
  check_status(params: Methods["check_status"]["params"]): Promise<Methods["check_status"]["result"]>;
  /** What a run made, in the product's words. */
  get_results(params: Methods["get_results"]["params"]): Promise<Methods["get_results"]["result"]>;
  /** cancel, in the product's words. */
  cancel_request(params: Methods["cancel_request"]["params"]): Promise<Methods["cancel_request"]["result"]>;
  /** A signed address to PUT one file to. The file is to be had at download_url once it is there. */
  get_upload_url(params: Methods["get_upload_url"]["params"]): Promise<Methods["get_upload_url"]["result"]>;
  /** upload, in the product's words. */
  upload_file(params: Methods["upload_file"]["params"]): Promise<Methods["upload_file"]["result"]>;
  // end of class methods
}
