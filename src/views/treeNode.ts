/** What the tree's elements are: references, resolved against the inventory and health when they are drawn. */
export type TreeNode =
  | { readonly kind: "provider"; readonly id: string; readonly providerId: string }
  | { readonly kind: "failure"; readonly id: string; readonly providerId: string }
  | { readonly kind: "environment"; readonly id: string; readonly environmentId: string }
  | { readonly kind: "gpu"; readonly id: string; readonly environmentId: string; readonly gpuKey: string }
  | { readonly kind: "problem"; readonly id: string; readonly environmentId: string; readonly problemId: string }
  | { readonly kind: "note"; readonly id: string; readonly environmentId: string }
  | { readonly kind: "unfinished"; readonly id: string }
  | { readonly kind: "unfinished-operation"; readonly id: string; readonly operationId: string };

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
    const environments = environmentIds.map((id): TreeNode => ({ kind: "environment", id, environmentId: id }));
    return this.draw(providerNodeId(providerId), [...failure, ...environments]);
  }

  /** The same for what is below an environment. */
  underEnvironment(environmentId: string, content: EnvironmentContent): TreeNode[] {
    const note: readonly TreeNode[] = content.hasNote
      ? [{ kind: "note", id: `${environmentId}#note`, environmentId }]
      : [];
    const problems = content.problemIds.map((problemId): TreeNode => ({
      kind: "problem",
      id: `${environmentId}#problem/${problemId}`,
      environmentId,
      problemId,
    }));
    const gpus = content.gpuKeys.map((gpuKey): TreeNode => ({
      kind: "gpu",
      id: `${environmentId}#gpu/${gpuKey}`,
      environmentId,
      gpuKey,
    }));
    return this.draw(environmentId, [...note, ...problems, ...gpus]);
  }

  /** The node of an environment that is in the tree; undefined when it is not. */
  shown(environmentId: string): TreeNode | undefined {
    return this.nodes.get(environmentId);
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
