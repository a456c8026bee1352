"""The ledger's tables, as steps from each version to the next. A step that was released is never changed.

All times are seconds since 1970, UTC; JSON is text. ``service`` is the API's base URL and ``account`` whose key it was
(``org_id`` or ``user_id`` of the key, else a hash): no key is ever in here.

submits: one row for each time a run was asked for, written before the first byte was sent.
    id                   32 hexadecimal digits of ours; the service keeps it as the run's input __stationthis_submit
    name                 the deployment's or workflow's name
    deployment_id, workflow_id, workflow_version_id, machine_id    what was asked to run; ids move when it is deployed anew
    inputs               JSON object: as sent, uploads as links, without our own
    tags                 JSON list of texts
    state                sending: being sent, or its process has ended meanwhile
                         lost: the answer is lost, a run may have come of it
                         accepted: run_id is the run · refused: the service said no · absent: looked for, not there
    reason               why, where it was refused or lost
    pid, host            the process that sent it
    webhook              1 when the service was given an address of ours to call: then the run's end is told of
    created_at, sent_at, given_up_at, updated_at    when it was written, when its last POST went out, when that was given
                         up (NULL while it is under way), when this row changed last. Absent, and never sent: another
                         process has taken it over under another id, so this one is not sent any more
    clock_offset         seconds by which the service's clock was ahead of this machine's then; NULL: not known

runs: what was heard last of each run that came of a submit.
    id, service, account together name a run; submit_id leads to its submit
    deployment_id, deployment_name, workflow_id, workflow_version_id, machine_id, inputs    as it was submitted
    state, fraction (0 to 1), live_status, outputs (JSON list), gpu, origin, duration, run_duration (seconds),
    created_at, queued_at, started_at, ended_at    the service's words
    tags                 JSON list of texts
    reason               why it failed, where somebody told
    cancel_wanted_until  a cancel was refused and is tried again until then; it stays until the run has ended
    cost                 estimated, in US dollars: run_duration times rate; NULL when cost_why says why it is not known
    rate, rate_source, rate_at    dollars a second of its GPU; service or table (the user's own); when that was learnt
    batch_id             the batch that it is a row of
    made_at, heard_at    when it was made (the service's time where it is told), when this row changed last

spent_days: what the runs of a day have cost together; triggers keep it.
    service, account and day (days since 1970, UTC) together name one; cost is in US dollars

deliveries: one row for each run whose end somebody wants to be told of, from the first webhook, or from its end, on.
    run_id, service, account together name the run, which need not be in runs: others may have started it
    submit_id            as the webhook's address has it
    said                 the state furthest on that webhooks told; a claim, which ends nothing
    copies, came_at      how many webhooks were written down, not each report of progress is; when the first one came
    state                the end, once it was read from the service; unknown: the service has no such run
    confirmed_at         when that was
    called_at            when on_final had returned: nobody is told of this run again
    left_at              since when nobody works on it though nobody was called: a receiver without on_final has read its
                         end (one with on_final calls within a week after), or it is unknown
    missed_at            since when the service has no such run
    attempts, problem    how often on_final failed, and how the last time
    claimant, claim_pid, claim_host, claim_until    who is at it, and until when nobody else is; it is renewed until then

batches: one row for each batch; service, account and name together name it.
    id                   leads to it from batch_rows and runs
    deployment_id, deployment_name, environment, workflow_id, workflow_version_id, version    what its plan was made for
    key_column, columns  how rows are told apart; JSON object: how columns become inputs
    options              JSON object: tags, gpu, webhook, timeouts, allow_unknown, out: how its rows are run and saved
    budget, max_failures dollars; how many failures at the most: a count, or below 1 a share; NULL: none
    total                how many rows its plan has
    state                planned · running · cancelling (somebody wants it to stop) · paused (why says why) · done · cancelled
    holder, holder_pid, holder_host, held_until    who runs it, and until when nobody else does; renewed until then
    created_at, updated_at    when its plan was made, when this row changed last

batch_rows: one row for each row of a plan.
    batch_id             of which batch; below 0 while a plan is being made
    place                where in it: 0, 1, …; NULL: no longer in the plan, kept for what it has cost
    id                   16 hexadecimal digits: a hash of its key, else of its inputs and how often they came before
    key                  what the key column says; NULL without one
    inputs               JSON object: as given, defaults left out, derived seeds included; files as {"$file": path, "sha256": …}
    content              SHA-256 of the inputs as given, files by their content; empty: not known, the ledger was made anew
    extra                JSON object: the columns that are not sent
    state                pending · sending (submitted, of which nobody knows yet what came) · live
                         success · failed · timeout · cancelled: as its run ended · refused: it was not taken
    attempt              how often it was begun anew; the submit's id tells batch, row and attempt
    submit_id, run_id    its last submit, and the run that came of it
    reason               why it failed or was refused
    seconds, gpu, cost   of all its runs that ended: how long, on what, in US dollars; NULL: not known
    spent_unknown        how many of its runs ended without a known cost
    ended_at, saved_at   when its run ended, when its files were saved
    files                JSON list: what was saved
    picked               1 when a person picked what it made

machine_events: the times for which machines had a GPU, as the service told; it forgets them after a day.
    id, service, account together name one; machine_id and gpu are what the service says
    started_at, ended_at    NULL: it lasted when it was heard of last, which is heard_at
    heard_at             when this was asked

machine_looks: the times of which the events of all machines are known.
    since, until         from when and until when, as one look at the service told

preferences: what somebody likes inputs to be, where a call does not say.
    service, account     whose client it was
    user_id              whom they are of, as the host names them; empty: of whoever has the key
    workflow             for deployments of this name; empty: for all
    inputs               JSON object: common words and names of inputs, with their values
    updated_at           when that was said

trainings: one row for each training that was begun here; service, account and run_id together name it.
    name, base, trigger  what it makes, for which family of models, called by which word
    recipe               JSON object: steps, learning rate and so on, as they were sent
    dataset              JSON object: how many pictures and captions, and the SHA-256 of what was sent
    steps_done, loss     the furthest step that was heard of, and the loss there; NULL: none yet
    moved_at             when it was last heard to get on
    told                 JSON list: the milestones, in percent, that somebody was told of
    registered           the path in the account's volume of what it made; NULL: not there yet
    created_at           when it was begun

loras: the weights that were put into the account's volume from here; service, account and path together name them.
    path, size, sha256   where they are, and what was sent there
    run_id               the run that made them; NULL: a file or link of whoever put them there
    registered_at        when they had arrived

cooks: one row for each cook; service, account and name together name it, and the batch that makes it. Without that batch
it is none any more.
    id                   leads to it from pieces
    collection           JSON object: the collection as it was when the cook was begun
    config_hash, seed    what pieces are drawn from: the same two give the same pieces
    holder, holder_pid, holder_host    who plans pieces of it just now
    created_at, updated_at    when it was begun first, when this row changed last

pieces: one row for each piece of a cook; what came of it stands in the row of the batch that has its key.
    cook_id, key         of which cook, and its number, from the second time on which time it is: 7, 7.2
    number, generation   which piece of the collection it is, from 1, and which time it was made, from 1
    parent               the key of the piece that it was made instead of; NULL: it is the first
    seed                 its own
    traits, parts        JSON object: each category, and the name of what was drawn; JSON list: the optional parts in it
    changes              JSON object: the inputs that were changed by hand
    rejected_at          when somebody rejected it; who accepts one picks its row, which takes that back

bot_jobs: one row for each run that somebody asked a bot for, written before anything is sent; runs that ended a month ago
are forgotten when a desk opens, with their parts and messages.
    kind                 run · adopted (a run that was begun elsewhere) · charge (of which only its end is told, to the host)
    id                   12 letters and digits of ours, which buttons carry; bot is which bot: platform and its own id there
    asked                what asked for it: the message's, press's or interaction's id, so that one that comes twice starts nothing twice
    user, user_key, place    JSON objects: who asked, and where to answer; platform:id of who asked
    deployment, inputs   the deployment's name; JSON object: as they will be sent, files as links
    deployment_id, workflow_id, environment    which one that is: what the host has allowed
    files                JSON object: of inputs whose links will die, what they were made of, kept in the bot's folder
    parent               the job that this one repeats; hints: JSON object: how its workflow wants its outputs to be sent
    state                waiting (for its turn) · sending (its submit, of which nobody knows yet what came) · live
                         delivering (its run has ended, its parts are being sent) · done · failed (problem was told) · cancelled
    submit_id, run_id    its submit, chosen when the row was made; the run that came of it
    status_message       the message that tells how it gets on
    problem, code        what went wrong, as told, and the product's word for it
    began_at             when its turn came; NULL: it waits, or never had one
    cancel_wanted_at     when somebody wanted it to stop
    settled_at           when settle had returned
    made_at, updated_at

bot_parts: one row for each message, or album, by which a job's outputs are sent; job_id and number (0, 1, …) name it.
    step                 JSON object: what is sent
    state                waiting · sending (under way; after a crash nobody knows whether it arrived) · sent
                         unsure (it may have arrived; sent again only when its user asks for it) · impossible (problem says why)
    messages             JSON list: the platform's ids of what was sent

bot_messages: which job a message of a bot belongs to, so that people may answer to it. Also what somebody has begun that
is no job: chat is then train: or cook: and who it was, message the update that asked, job_id the run's id or its name.

bot_inbox: what a bot was told and has not answered yet, kept until it has; a platform tells nothing twice.
    kind                 update (as the platform told it) · question (a command of which the bot has asked for more)
    key                  of the update: the chat and message, or the press; of the question: the chat and its message
    content              JSON object
    came_at              when it came
"""

from typing import Final

__all__ = ["MIGRATIONS"]


def _add(row: str, sign: str) -> str:
    """What a run cost, added to its day or taken from it."""
    return (
        f"INSERT INTO spent_days VALUES ({row}.service, {row}.account, CAST({row}.made_at / 86400 AS INTEGER), "  # noqa: S608 - our words
        f"{sign} coalesce({row}.cost, 0)) ON CONFLICT (service, account, day) DO UPDATE SET cost = cost + excluded.cost;"
    )


MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE submits (
            id TEXT PRIMARY KEY, service TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
            deployment_id TEXT, workflow_id TEXT, workflow_version_id TEXT, machine_id TEXT,
            inputs TEXT NOT NULL, tags TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('sending', 'lost', 'accepted', 'refused', 'absent')),
            run_id TEXT, reason TEXT, pid INTEGER NOT NULL, host TEXT NOT NULL,
            created_at REAL NOT NULL, given_up_at REAL, updated_at REAL NOT NULL
        )
        """,
        "CREATE INDEX submits_open ON submits (service, account, created_at) WHERE state IN ('sending', 'lost')",
        """
        CREATE TABLE runs (
            id TEXT NOT NULL, service TEXT NOT NULL, account TEXT NOT NULL, submit_id TEXT,
            state TEXT NOT NULL, fraction REAL NOT NULL, live_status TEXT NOT NULL,
            inputs TEXT NOT NULL, outputs TEXT NOT NULL, tags TEXT NOT NULL,
            deployment_id TEXT, deployment_name TEXT, workflow_id TEXT, workflow_version_id TEXT, machine_id TEXT,
            gpu TEXT, origin TEXT, duration REAL, run_duration REAL,
            created_at REAL, queued_at REAL, started_at REAL, ended_at REAL,
            reason TEXT, cancel_wanted_until REAL, made_at REAL NOT NULL, heard_at REAL NOT NULL,
            PRIMARY KEY (service, account, id)
        )
        """,
        "CREATE INDEX runs_newest ON runs (service, account, made_at)",
    ),
    (
        "ALTER TABLE submits ADD COLUMN webhook INTEGER NOT NULL DEFAULT 0",
        """
        CREATE TABLE deliveries (
            run_id TEXT NOT NULL, service TEXT NOT NULL, account TEXT NOT NULL, submit_id TEXT,
            said TEXT NOT NULL, copies INTEGER NOT NULL, came_at REAL NOT NULL,
            state TEXT, confirmed_at REAL, called_at REAL, attempts INTEGER NOT NULL DEFAULT 0, problem TEXT,
            claimant TEXT, claim_pid INTEGER, claim_host TEXT, claim_until REAL,
            PRIMARY KEY (service, account, run_id)
        )
        """,
        "CREATE INDEX deliveries_open ON deliveries (service, account) WHERE called_at IS NULL",
    ),
    (
        "ALTER TABLE runs ADD COLUMN cost REAL",
        "ALTER TABLE runs ADD COLUMN rate REAL",
        "ALTER TABLE runs ADD COLUMN rate_source TEXT",
        "ALTER TABLE runs ADD COLUMN rate_at REAL",
        "ALTER TABLE runs ADD COLUMN cost_why TEXT",
        "ALTER TABLE runs ADD COLUMN batch_id INTEGER",
        "ALTER TABLE submits ADD COLUMN sent_at REAL",
        "ALTER TABLE submits ADD COLUMN clock_offset REAL",
        """
        CREATE TABLE batches (
            id INTEGER PRIMARY KEY, service TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
            deployment_id TEXT, deployment_name TEXT NOT NULL, environment TEXT NOT NULL,
            workflow_id TEXT, workflow_version_id TEXT, version INTEGER,
            key_column TEXT, columns TEXT NOT NULL, options TEXT NOT NULL, budget REAL, max_failures REAL,
            total INTEGER NOT NULL, state TEXT NOT NULL, why TEXT,
            holder TEXT, holder_pid INTEGER, holder_host TEXT, held_until REAL,
            created_at REAL NOT NULL, updated_at REAL NOT NULL,
            UNIQUE (service, account, name)
        )
        """,
        """
        CREATE TABLE batch_rows (
            batch_id INTEGER NOT NULL, place INTEGER, id TEXT NOT NULL, key TEXT,
            inputs TEXT NOT NULL, content TEXT NOT NULL, extra TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'pending', attempt INTEGER NOT NULL DEFAULT 0, submit_id TEXT, run_id TEXT,
            reason TEXT, seconds REAL, gpu TEXT, cost REAL, spent_unknown INTEGER NOT NULL DEFAULT 0,
            ended_at REAL, saved_at REAL, files TEXT NOT NULL DEFAULT '[]',
            PRIMARY KEY (batch_id, id)
        ) WITHOUT ROWID
        """,
        "CREATE UNIQUE INDEX batch_rows_in_order ON batch_rows (batch_id, place)",
        "CREATE INDEX batch_rows_by_state ON batch_rows (batch_id, state, place)",
    ),
    (
        """
        CREATE TABLE machine_events (
            id TEXT NOT NULL, service TEXT NOT NULL, account TEXT NOT NULL, machine_id TEXT, gpu TEXT,
            started_at REAL NOT NULL, ended_at REAL, heard_at REAL NOT NULL,
            PRIMARY KEY (service, account, id)
        )
        """,
        "CREATE TABLE machine_looks (service TEXT NOT NULL, account TEXT NOT NULL, since REAL NOT NULL, until REAL NOT NULL)",
        "CREATE INDEX machine_looks_in_order ON machine_looks (service, account, until)",
        "CREATE INDEX runs_of_workflow ON runs (workflow_id, made_at)",
        "CREATE INDEX runs_spent ON runs (service, account, made_at, state, gpu, cost)",
    ),
    (
        "ALTER TABLE deliveries ADD COLUMN left_at REAL",
        "ALTER TABLE deliveries ADD COLUMN missed_at REAL",
        "UPDATE deliveries SET left_at = came_at WHERE state = 'unknown'",
        "DROP INDEX deliveries_open",
        "CREATE INDEX deliveries_open ON deliveries (service, account, left_at) WHERE called_at IS NULL",
    ),
    ("ALTER TABLE batch_rows ADD COLUMN picked INTEGER NOT NULL DEFAULT 0",),
    (
        """
        CREATE TABLE preferences (
            service TEXT NOT NULL, account TEXT NOT NULL, user_id TEXT NOT NULL DEFAULT '',
            workflow TEXT NOT NULL DEFAULT '', inputs TEXT NOT NULL, updated_at REAL NOT NULL,
            PRIMARY KEY (service, account, user_id, workflow)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE trainings (
            run_id TEXT NOT NULL, service TEXT NOT NULL, account TEXT NOT NULL,
            name TEXT NOT NULL, base TEXT NOT NULL, "trigger" TEXT NOT NULL, recipe TEXT NOT NULL, dataset TEXT NOT NULL,
            steps_done INTEGER, loss REAL, moved_at REAL NOT NULL, told TEXT NOT NULL DEFAULT '[]', registered TEXT,
            created_at REAL NOT NULL,
            PRIMARY KEY (service, account, run_id)
        )
        """,
        """
        CREATE TABLE loras (
            service TEXT NOT NULL, account TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL,
            sha256 TEXT NOT NULL, run_id TEXT, registered_at REAL NOT NULL,
            PRIMARY KEY (service, account, path)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE cooks (
            id INTEGER PRIMARY KEY, service TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
            collection TEXT NOT NULL, config_hash TEXT NOT NULL, seed INTEGER NOT NULL,
            holder TEXT, holder_pid INTEGER, holder_host TEXT,
            created_at REAL NOT NULL, updated_at REAL NOT NULL,
            UNIQUE (service, account, name)
        )
        """,
        """
        CREATE TABLE pieces (
            cook_id INTEGER NOT NULL, key TEXT NOT NULL, number INTEGER NOT NULL, generation INTEGER NOT NULL,
            parent TEXT, seed INTEGER NOT NULL, traits TEXT NOT NULL, parts TEXT NOT NULL, changes TEXT NOT NULL,
            rejected_at REAL,
            PRIMARY KEY (cook_id, key)
        ) WITHOUT ROWID
        """,
        """
        CREATE TRIGGER picked_is_not_rejected AFTER UPDATE OF picked ON batch_rows WHEN new.picked = 1 BEGIN
            UPDATE pieces SET rejected_at = NULL WHERE key = new.key AND cook_id = (
                SELECT cooks.id FROM cooks JOIN batches USING (service, account, name) WHERE batches.id = new.batch_id
            );
        END
        """,
    ),
    (
        """
        CREATE TABLE bot_jobs (
            id TEXT NOT NULL, service TEXT NOT NULL, account TEXT NOT NULL, bot TEXT NOT NULL, asked TEXT NOT NULL,
            user TEXT NOT NULL, user_key TEXT NOT NULL, place TEXT NOT NULL,
            kind TEXT NOT NULL DEFAULT 'run', deployment TEXT NOT NULL, deployment_id TEXT, workflow_id TEXT, environment TEXT,
            inputs TEXT NOT NULL, files TEXT NOT NULL DEFAULT '{}', parent TEXT,
            hints TEXT NOT NULL DEFAULT '{}', state TEXT NOT NULL, submit_id TEXT NOT NULL, run_id TEXT, status_message TEXT,
            problem TEXT, code TEXT, began_at REAL, cancel_wanted_at REAL, settled_at REAL,
            made_at REAL NOT NULL, updated_at REAL NOT NULL,
            PRIMARY KEY (service, account, id), UNIQUE (service, account, bot, asked)
        )
        """,
        "CREATE INDEX bot_jobs_open ON bot_jobs (service, account, bot, state, made_at)",
        "CREATE INDEX bot_jobs_of_user ON bot_jobs (service, account, bot, user_key, made_at)",
        """
        CREATE TABLE bot_parts (
            service TEXT NOT NULL, account TEXT NOT NULL, job_id TEXT NOT NULL, number INTEGER NOT NULL,
            step TEXT NOT NULL, state TEXT NOT NULL, messages TEXT NOT NULL DEFAULT '[]', problem TEXT, updated_at REAL NOT NULL,
            PRIMARY KEY (service, account, job_id, number)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE bot_messages (
            service TEXT NOT NULL, account TEXT NOT NULL, bot TEXT NOT NULL, chat TEXT NOT NULL, message TEXT NOT NULL,
            job_id TEXT NOT NULL, PRIMARY KEY (service, account, bot, chat, message)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE bot_inbox (
            service TEXT NOT NULL, account TEXT NOT NULL, bot TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
            content TEXT NOT NULL, came_at REAL NOT NULL, PRIMARY KEY (service, account, bot, kind, key)
        ) WITHOUT ROWID
        """,
    ),
    (
        # What is asked before each run, and at each start, is found without reading all runs that there ever were.
        "DROP INDEX runs_of_workflow",
        "CREATE INDEX runs_of_workflow ON runs (service, account, workflow_id, state, made_at)",
        "CREATE INDEX runs_of_deployment ON runs (service, account, deployment_id, state, made_at)",
        "CREATE INDEX runs_of_batch ON runs (batch_id) WHERE batch_id IS NOT NULL",
        "CREATE INDEX runs_unwanted ON runs (service, account, made_at) WHERE cancel_wanted_until IS NOT NULL",
        "CREATE INDEX runs_live ON runs (service, account, made_at) WHERE state NOT IN ('success', 'failed', 'timeout', 'cancelled')",
        "CREATE INDEX runs_untold ON runs (service, account, made_at) WHERE cost IS NULL AND state IN ('success', 'failed', 'timeout', 'cancelled')",
        "CREATE INDEX batch_rows_by_key ON batch_rows (batch_id, key) WHERE key IS NOT NULL",
        """
        CREATE TABLE spent_days (
            service TEXT NOT NULL, account TEXT NOT NULL, day INTEGER NOT NULL, cost REAL NOT NULL,
            PRIMARY KEY (service, account, day)
        ) WITHOUT ROWID
        """,
        """
        INSERT INTO spent_days SELECT service, account, CAST(made_at / 86400 AS INTEGER), total(cost) FROM runs
        WHERE cost IS NOT NULL GROUP BY 1, 2, 3
        """,
        f"""
        CREATE TRIGGER run_with_cost_came AFTER INSERT ON runs WHEN new.cost IS NOT NULL BEGIN {_add("new", "+")} END
        """,
        f"""
        CREATE TRIGGER run_with_cost_went AFTER DELETE ON runs WHEN old.cost IS NOT NULL BEGIN {_add("old", "-")} END
        """,
        f"""
        CREATE TRIGGER cost_was_learnt AFTER UPDATE OF cost, made_at ON runs
        WHEN new.cost IS NOT old.cost OR new.made_at IS NOT old.made_at BEGIN {_add("old", "-")} {_add("new", "+")} END
        """,
    ),
    (
        # Asked for are only those that ended well: others would be entered at their start, and moved at their end.
        "DROP INDEX runs_of_workflow",
        "CREATE INDEX runs_of_workflow ON runs (service, account, workflow_id, made_at) WHERE state = 'success'",
        "DROP INDEX runs_of_deployment",
        "CREATE INDEX runs_of_deployment ON runs (service, account, deployment_id, made_at) WHERE state = 'success'",
    ),
)
