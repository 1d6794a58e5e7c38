import type { Environment } from "../core/environment.ts";
import type { Inventory } from "../core/inventory.ts";
import type { Sentence } from "../core/sentence.ts";
import { gpuKey } from "../gpu/gpuKey.ts";
import type { Health } from "../health/watch.ts";
import { TreeNodes, type ShownEnvironment, type TreeNode } from "./treeNode.ts";

export interface TreeSources {
  readonly inventory: Inventory;
  readonly health: Pick<Health, "watch" | "problems">;
  /** Whether the user wants to see it. */
  readonly isShown: (environment: Environment) => boolean;
  /** What was begun and not ended well. */
  readonly unfinished: () => readonly Unfinished[];
}

/** An operation that may have left something in a cloud. */
export interface Unfinished {
  readonly id: string;
  readonly name: string;
  readonly startedAt: number;
  readonly trouble?: Sentence;
  /** True where it can only be deleted. */
  readonly isRemnant?: boolean;
}

/** What is below what in the tree: values only, before any of it is drawn. */
export class TreeChildren {
  private readonly sources: TreeSources;
  private readonly nodes = new TreeNodes();

  constructor(sources: TreeSources) {
    this.sources = sources;
  }

  /** How many elements are held. */
  get size(): number {
    return this.nodes.size;
  }

  /** The rows of an environment that are in the tree: mostly one. */
  rowsOf(environmentId: string): readonly TreeNode[] {
    const { providerIds } = this.sources.inventory;
    return providerIds.flatMap((providerId) => this.nodes.environment({ providerId, environmentId }) ?? []);
  }

  /** Whether it is in the tree. */
  has(node: TreeNode): boolean {
    return this.nodes.has(node);
  }

  /** A heading per provider, unless only one has anything to show: then its rows need none. */
  roots(): TreeNode[] {
    const providers = this.providersWithRows();
    for (const id of this.sources.inventory.providerIds) if (!providers.includes(id)) this.underProvider(id);
    const unfinished = this.sources.unfinished().length > 0 ? [this.nodes.unfinished()] : [];
    const only = this.withoutHeading(providers);
    if (only !== undefined) return [...unfinished, ...this.underProvider(only)];
    return [...unfinished, ...providers.map((id) => this.nodes.provider(id))];
  }

  /** The provider whose rows stand at the top. */
  private withoutHeading(providers: readonly string[]): string | undefined {
    const [only, ...others] = providers;
    const needsHeading = only !== undefined && this.sources.inventory.provider(only)?.isChosen;
    return others.length === 0 && !needsHeading ? only : undefined;
  }

  /** What a row stands below; undefined for one at the top. */
  parentOf(node: TreeNode): TreeNode | undefined {
    switch (node.kind) {
      case "provider":
      case "unfinished":
        return undefined;
      case "failure":
      case "environment":
        return this.withoutHeading(this.providersWithRows()) === undefined
          ? this.nodes.provider(node.providerId)
          : undefined;
      case "unfinished-operation":
        return this.nodes.unfinished();
      case "gpu":
      case "problem":
      case "note":
        return this.nodes.environment(node);
    }
  }

  underUnfinished(): TreeNode[] {
    return this.nodes.underUnfinished(this.sources.unfinished().map(({ id }) => id));
  }

  providersWithRows(): readonly string[] {
    return this.sources.inventory.providerIds.filter((id) => {
      const { inventory, isShown } = this.sources;
      if (inventory.provider(id)?.isChosen) return true;
      const listing = inventory.listing(id);
      return listing?.kind === "failed" || listing?.environments.some(isShown) === true;
    });
  }

  underProvider(providerId: string): TreeNode[] {
    const listing = this.sources.inventory.listing(providerId);
    const environments = listing?.environments.filter(this.sources.isShown) ?? [];
    const ids = environments.map(({ id }) => id);
    return this.nodes.underProvider(providerId, listing?.kind === "failed", ids);
  }

  underEnvironment(shown: ShownEnvironment): TreeNode[] {
    const { health } = this.sources;
    const { environmentId } = shown;
    const watch = health.watch(environmentId);
    return this.nodes.underEnvironment(shown, {
      hasNote: watch.kind !== "live",
      problemIds: health.problems(environmentId).map(({ id }) => id),
      gpuKeys: watch.last?.gpus.map(gpuKey) ?? [],
    });
  }
}
