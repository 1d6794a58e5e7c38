/**
 * What the tree's elements are: references, resolved against the inventory and health when they are drawn. A machine
 * that two accounts show has a row of its own below each of them.
 */
export type TreeNode =
  | { readonly kind: "provider"; readonly id: string; readonly providerId: string }
  | { readonly kind: "failure"; readonly id: string; readonly providerId: string }
  | EnvironmentNode
  | GpuNode
  | ProblemNode
  | NoteNode
  | { readonly kind: "unfinished"; readonly id: string }
  | { readonly kind: "unfinished-operation"; readonly id: string; readonly operationId: string };

/** An environment as one provider shows it. */
export interface ShownEnvironment {
  readonly providerId: string;
  readonly environmentId: string;
}

export interface EnvironmentNode extends ShownEnvironment {
  readonly kind: "environment";
  readonly id: string;
}

export interface GpuNode extends ShownEnvironment {
  readonly kind: "gpu";
  readonly id: string;
  readonly gpuKey: string;
}

export interface ProblemNode extends ShownEnvironment {
  readonly kind: "problem";
  readonly id: string;
  readonly problemId: string;
}

export interface NoteNode extends ShownEnvironment {
  readonly kind: "note";
  readonly id: string;
}

/**
 * VS Code recognises an element by identity, so each id has one object for as long as it is shown. What is no longer
 * shown is forgotten: a machine may name other GPUs every time it is asked.
 */
export class TreeNodes {
  private readonly nodes = new Map<string, TreeNode>();
  /** What was last drawn below a provider or an environment, by the id of its node. */
  private readonly below = new Map<string, readonly TreeNode[]>();

  get size(): number {
    return this.nodes.size;
  }

  provider(providerId: string): TreeNode {
    return this.keep({ kind: "provider", id: providerNodeId(providerId), providerId });
  }

  unfinished(): TreeNode {
    return this.keep({ kind: "unfinished", id: UNFINISHED });
  }

  underUnfinished(operationIds: readonly string[]): TreeNode[] {
    const rows = operationIds.map((id): TreeNode => ({
      kind: "unfinished-operation",
      id: `${UNFINISHED}/${id}`,
      operationId: id,
    }));
    return this.draw(UNFINISHED, rows);
  }

  /** The rows of a provider: those it had, those that are new, and none that is not among these. */
  underProvider(providerId: string, hasFailed: boolean, environmentIds: readonly string[]): TreeNode[] {
    const failure: readonly TreeNode[] = hasFailed
      ? [{ kind: "failure", id: `failure/${providerId}`, providerId }]
      : [];
    const environments = environmentIds.map((environmentId): TreeNode => ({
      kind: "environment",
      id: environmentNodeId({ providerId, environmentId }),
      providerId,
      environmentId,
    }));
    return this.draw(providerNodeId(providerId), [...failure, ...environments]);
  }

  /** The same for what is below an environment. */
  underEnvironment({ providerId, environmentId }: ShownEnvironment, content: EnvironmentContent): TreeNode[] {
    const own = { providerId, environmentId };
    const id = environmentNodeId(own);
    const note: readonly TreeNode[] = content.hasNote ? [{ kind: "note", id: `${id}#note`, ...own }] : [];
    const problems = content.problemIds.map((problemId): TreeNode => ({
      kind: "problem",
      id: `${id}#problem/${problemId}`,
      ...own,
      problemId,
    }));
    const gpus = content.gpuKeys.map((gpuKey): TreeNode => ({
      kind: "gpu",
      id: `${id}#gpu/${gpuKey}`,
      ...own,
      gpuKey,
    }));
    return this.draw(id, [...note, ...problems, ...gpus]);
  }

  /** The row of an environment below a provider; undefined where it is not in the tree. */
  environment(shown: ShownEnvironment): TreeNode | undefined {
    return this.nodes.get(environmentNodeId(shown));
  }

  /** Whether it is in the tree. */
  has(node: TreeNode): boolean {
    return this.nodes.get(node.id) === node;
  }

  private draw(parentId: string, wanted: readonly TreeNode[]): TreeNode[] {
    // An id twice, as of two GPUs that a machine calls the same, would keep VS Code from drawing any of them.
    const drawn = [...new Set(wanted.map((node) => this.keep(node)))];
    const before = this.below.get(parentId) ?? [];
    this.below.set(parentId, drawn);
    const kept = new Set(drawn);
    for (const node of before) if (!kept.has(node)) this.forget(node);
    return drawn;
  }

  private forget(node: TreeNode): void {
    for (const child of this.below.get(node.id) ?? []) this.forget(child);
    this.below.delete(node.id);
    this.nodes.delete(node.id);
  }

  private keep(node: TreeNode): TreeNode {
    const known = this.nodes.get(node.id);
    if (known) return known;
    this.nodes.set(node.id, node);
    return node;
  }
}

export interface EnvironmentContent {
  /** Whether a row says why there is no live reading. */
  readonly hasNote: boolean;
  readonly problemIds: readonly string[];
  readonly gpuKeys: readonly string[];
}

const UNFINISHED = "unfinished";

function providerNodeId(providerId: string): string {
  return `provider/${providerId}`;
}

/** Neither id holds a line break. */
function environmentNodeId({ providerId, environmentId }: ShownEnvironment): string {
  return `${providerId}\n${environmentId}`;
}
