import type { Clock } from "../core/clock.ts";
import type { Environment, PowerOperation } from "../core/environment.ts";
import { GpuDevError, messageOf } from "../core/error.ts";
import { Emitter, type Disposable } from "../core/event.ts";
import type { Inventory } from "../core/inventory.ts";
import type { OperationContext, OperationRequest } from "../core/provider.ts";
import type { ProvisioningPlan } from "../core/provisioning.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import { remnantsOf } from "./remnants.ts";
import { ACTIVITIES, codeOf, INTERRUPTED, placeholder, reasonOf, stillRuns, underWay, withRest } from "./describe.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { providerOf, toMake } from "./providerOf.ts";
import type { OperationRecord, PowerRecord, ProvisionRecord } from "./record.ts";
import { supervised, untilReady, type Control, type Scene } from "./supervised.ts";
import { whileDeleted } from "./whileDeleted.ts";

/** A start may give the machine another size. */
type Wish = Pick<OperationRequest, "operation" | "size">;

export interface OperationsParts {
  readonly inventory: Inventory;
  readonly journal: Journal;
  readonly clock: Clock;
  /** A new random id of `[a-z0-9-]`, at most 64 characters. */
  readonly newId: () => string;
  /** Resolves once what was made can be worked on: it answers over SSH, and its driver does. */
  readonly awaitReady: (environment: Environment, control: Control) => Promise<void>;
  readonly log: (line: string) => void;
}

/** An interrupted provisioning of this age goes on by itself; an older one waits for the user's word. */
const RESUME_WITHIN_MS = 15 * 60_000;
/** For the clean-up after a cancel, whose own signal is spent. */
const CLEAN_UP_MS = 10 * 60_000;

/**
 * The one place where effects run. Each is written down before it begins, there is one at a time per environment, and
 * what an ended process left under way is taken up by the next.
 */
export class Operations implements Disposable {
  private readonly parts: OperationsParts;
  private readonly life = new AbortController();
  /** Ids of the environments and unfinished operations that are being worked on. */
  private readonly busy = new Set<string>();
  private readonly changed = new Emitter<undefined>();
  private left: readonly ProvisionRecord[] = [];
  /** Found in the clouds, without a journal here. */
  private found: readonly ProvisionRecord[] = [];

  /** Fires when `unfinished` changed. */
  readonly onDidChange = this.changed.event;

  constructor(parts: OperationsParts) {
    this.parts = parts;
  }

  /** What was begun and not ended well, and is not being worked on here: something of it may still cost money. */
  get unfinished(): readonly ProvisionRecord[] {
    return [...this.left, ...this.found].filter(({ id }) => !this.busy.has(id));
  }

  /** Looks in the clouds for what earlier operations left there and no journal of this computer knows of. */
  async search(): Promise<void> {
    const { inventory, journal, log } = this.parts;
    const known = new Set((await journal.records()).map(({ id }) => id));
    const providers = inventory.providerIds.map((id) => inventory.provider(id));
    const found = await Promise.all(
      providers.map((provider) =>
        remnantsOf(provider, this.life.signal).catch((error: unknown) => {
          log(`What earlier operations left cannot be looked for: ${messageOf(error)}`);
          return [];
        }),
      ),
    );
    this.found = found.flat().filter(({ id }) => !known.has(id));
    await this.readLeft();
  }

  /**
   * Resolves once the platform reports it done, with what is left behind: mostly nothing. Rejects with "unsupported"
   * where it is not available, "busy" where something else is under way there, an AbortError where `control` stopped
   * waiting: what the platform accepted goes on.
   */
  async run(wish: PowerOperation | Wish, environment: Environment, control: Control): Promise<readonly Sentence[]> {
    const { operation, size }: Wish = typeof wish === "string" ? { operation: wish } : wish;
    const { id, providerId, name, operations } = environment;
    if (this.busy.has(id)) throw underWay(name);
    const availability = operations[operation];
    if (!availability.available) throw new GpuDevError("unsupported", availability.reason);
    this.busy.add(id);
    try {
      const common = { id: this.parts.newId(), providerId, name, startedAt: this.parts.clock(), steps: {} };
      const sized = size === undefined ? {} : { size };
      const record: PowerRecord = { ...common, kind: "power", environmentId: id, operation, ...sized };
      return await this.power(await this.parts.journal.begin(record), record, environment, control);
    } finally {
      this.busy.delete(id);
    }
  }

  /** Makes what the plan says, waits until it can be worked on and resolves with it. Cleans up where it fails. */
  async provision(providerId: string, plan: ProvisioningPlan, control: Control): Promise<Environment> {
    const { answers, name } = plan;
    const common = { id: this.parts.newId(), providerId, name, startedAt: this.parts.clock(), steps: {} };
    const entry = await this.parts.journal.begin({ ...common, kind: "provision", answers });
    return this.make(entry, control);
  }

  /** Takes up what no process works on any more, as far as its provider has answered. */
  async resume(): Promise<void> {
    for (const record of await this.parts.journal.records()) {
      if (this.life.signal.aborted) return;
      await this.takeUp(record).catch((error: unknown) => this.parts.log(`${record.name}: ${messageOf(error)}`));
    }
    await this.readLeft();
  }

  /** Goes on with an unfinished provisioning. */
  async finish(operationId: string, control: Control): Promise<Environment> {
    const entry = await this.taken(operationId);
    return this.busyWith(operationId, () => this.make(entry, control));
  }

  /** Removes what an unfinished provisioning made. Rejects, and keeps the record, where something is left. */
  async discard(operationId: string, control: Control): Promise<void> {
    const found = this.found.find(({ id }) => id === operationId);
    const entry = found ? await this.parts.journal.begin(found) : await this.taken(operationId);
    this.found = this.found.filter((other) => other !== found);
    const why = sentence("Not all of it is gone.");
    const rest = await this.busyWith(operationId, () => this.abandon(entry, control, why));
    if (rest.length > 0) throw new GpuDevError("conflict", withRest(why, rest));
  }

  dispose(): void {
    this.life.abort();
    this.changed.dispose();
  }

  private async busyWith<T>(operationId: string, work: () => Promise<T>): Promise<T> {
    this.busy.add(operationId);
    this.changed.fire(undefined);
    try {
      return await work();
    } finally {
      this.busy.delete(operationId);
      await this.readLeft();
    }
  }

  private async power(
    entry: JournalEntry,
    { id, operation, size }: PowerRecord,
    environment: Environment,
    control: Control,
  ): Promise<readonly Sentence[]> {
    const { inventory } = this.parts;
    try {
      const cover = (activity: Sentence): void => inventory.cover(environment.id, { environment, activity });
      cover(ACTIVITIES[operation]);
      const scene = this.scene(entry, control, cover);
      const left = await supervised(scene, (context) =>
        providerOf(this.parts.inventory, environment).perform(
          { operation, operationId: id, ...(size === undefined ? {} : { size }) },
          environment,
          context,
        ),
      );
      // Of others' machines nobody knows here whether they are to be reached at all.
      const isOwn = environment.operationId !== undefined;
      if (operation === "start" && isOwn) await this.untilReady(scene, environment);
      if (operation === "delete") inventory.bury(environment.id);
      await entry.remove();
      return left;
    } catch (error) {
      // The process is ending: the next one goes on.
      await (this.life.signal.aborted ? entry.release() : entry.remove());
      throw error;
    } finally {
      await this.uncover(environment, operation === "delete");
    }
  }

  private async make(entry: JournalEntry, control: Control): Promise<Environment> {
    const { inventory } = this.parts;
    const { id, providerId, name } = entry.record;
    const shown = placeholder(entry.record);
    const cover = (activity: Sentence): void =>
      inventory.cover(shown.id, { environment: shown, activity, operationId: id });
    let made: Environment | undefined;
    try {
      cover(sentence("being made"));
      const { answers, provisioning } = toMake(this.parts.inventory, entry.record);
      const scene = this.scene(entry, control, cover);
      made = await supervised(scene, (context) => provisioning.provision(answers, id, context));
      await this.untilReady(scene, made);
      await entry.remove();
      return made;
    } catch (error) {
      throw await this.failed(entry, made, error);
    } finally {
      await this.uncover({ id: made?.id ?? shown.id, providerId, name }, made === undefined, shown.id);
      await this.readLeft();
    }
  }

  private untilReady(scene: Scene, made: Environment): Promise<void> {
    const { awaitReady, log } = this.parts;
    return untilReady({ awaitReady, log, provider: providerOf(this.parts.inventory, made) }, scene, made);
  }

  private scene(entry: JournalEntry, control: Control, cover: Scene["cover"]): Scene {
    return { entry, control, cover, life: this.life.signal };
  }

  /** What a failure or a cancel is to say, once as much as possible of it has been undone. */
  private async failed(entry: JournalEntry, made: Environment | undefined, error: unknown): Promise<unknown> {
    if (this.life.signal.aborted) {
      await entry.release();
      return error;
    }
    if (made) {
      await entry.remove(); // it runs, and is in the list like any other
      return new GpuDevError(codeOf(error), stillRuns(made, error), { cause: error }); // also after a cancel: it costs
    }
    const untilClean: Control = { signal: AbortSignal.timeout(CLEAN_UP_MS), report: () => undefined };
    const why = reasonOf(error);
    const rest = await this.abandon(entry, untilClean, why);
    return rest.length === 0 ? error : new GpuDevError(codeOf(error), withRest(why, rest), { cause: error });
  }

  /** Undoes a provisioning; what cannot be undone keeps its record. */
  private async abandon(entry: JournalEntry, control: Control, why: Sentence): Promise<readonly Sentence[]> {
    try {
      const { answers, provisioning, id } = toMake(this.parts.inventory, entry.record);
      const undo = (context: OperationContext) => provisioning.abandon(answers, id, context);
      const scene = this.scene(entry, control, () => undefined);
      const rest = await whileDeleted(this.parts.inventory, entry.record, () => supervised(scene, undo));
      if (rest.length === 0) await entry.remove();
      else await entry.release(withRest(why, rest));
      return rest;
    } catch (error) {
      const rest = [reasonOf(error)];
      await entry.release(withRest(why, rest));
      return rest;
    }
  }

  /** What is shown is the platform's word again, read after the end. */
  private async uncover(
    environment: Pick<Environment, "id" | "providerId" | "name">,
    isGone: boolean,
    coveredId = environment.id,
  ): Promise<void> {
    const { inventory, log } = this.parts;
    if (this.life.signal.aborted) return;
    if (!isGone || (coveredId === environment.id && inventory.environment(coveredId))) {
      await inventory.refreshOne(environment, this.life.signal).catch((error: unknown) => {
        log(`${environment.name}: not read after the operation: ${messageOf(error)}`);
      });
    }
    inventory.cover(coveredId, undefined);
  }

  private async takeUp(record: OperationRecord): Promise<void> {
    const { inventory, journal, clock } = this.parts;
    if (inventory.listing(record.providerId)?.at === undefined) return; // it has never answered
    if (record.kind === "provision" && record.trouble) return;
    const entry = await journal.take(record.id);
    if (!entry) return;
    const control: Control = { signal: this.life.signal, report: () => undefined };
    const inBackground = (work: Promise<unknown>): void =>
      void work.catch((error: unknown) => this.parts.log(`${record.name}: ${messageOf(error)}`));
    if (record.kind === "provision") {
      // Of the future: nobody knows how old it is since the clock was set back.
      if (Math.abs(clock() - record.startedAt) < RESUME_WITHIN_MS) inBackground(this.make(entry, control));
      else await entry.release(INTERRUPTED);
      return;
    }
    const environment = inventory.environment(record.environmentId);
    if (!environment) return entry.remove();
    this.busy.add(environment.id);
    inBackground(this.power(entry, record, environment, control).finally(() => this.busy.delete(environment.id)));
  }

  private async taken(operationId: string): Promise<JournalEntry> {
    const entry = await this.parts.journal.take(operationId);
    if (entry) return entry;
    await this.readLeft(); // of one that another window has ended
    throw new GpuDevError("busy", sentence("It is already being worked on, or done. Refresh the view."));
  }

  private async readLeft(): Promise<void> {
    if (this.life.signal.aborted) return;
    const records = await this.parts.journal.records();
    this.left = records.flatMap((record) => (record.kind === "provision" && record.trouble ? [record] : []));
    this.changed.fire(undefined);
  }
}
