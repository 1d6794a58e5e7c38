/** What the tree's elements are: references, resolved against the inventory and health when they are drawn. */
export type TreeNode =
  | { readonly kind: "provider"; readonly id: string; readonly providerId: string }
  | { readonly kind: "failure"; readonly id: string; readonly providerId: string }
  | { readonly kind: "environment"; readonly id: string; readonly environmentId: string }
  | { readonly kind: "gpu"; readonly id: string; readonly environmentId: string; readonly gpuKey: string }
  | { readonly kind: "problem"; readonly id: string; readonly environmentId: string; readonly problemId: string }
  | { readonly kind: "note"; readonly id: string; readonly environmentId: string };

/** VS Code recognises an element by identity, so each id has one object for as long as the tree lives. */
export class TreeNodes {
  private readonly nodes = new Map<string, TreeNode>();

  provider(providerId: string): TreeNode {
    return this.keep({ kind: "provider", id: `provider/${providerId}`, providerId });
  }

  failure(providerId: string): TreeNode {
    return this.keep({ kind: "failure", id: `failure/${providerId}`, providerId });
  }

  environment(environmentId: string): TreeNode {
    return this.keep({ kind: "environment", id: environmentId, environmentId });
  }

  gpu(environmentId: string, gpuKey: string): TreeNode {
    return this.keep({ kind: "gpu", id: `${environmentId}#gpu/${gpuKey}`, environmentId, gpuKey });
  }

  problem(environmentId: string, problemId: string): TreeNode {
    return this.keep({ kind: "problem", id: `${environmentId}#problem/${problemId}`, environmentId, problemId });
  }

  note(environmentId: string): TreeNode {
    return this.keep({ kind: "note", id: `${environmentId}#note`, environmentId });
  }

  /** The node of an environment that is on screen already; undefined when it never was. */
  shown(environmentId: string): TreeNode | undefined {
    return this.nodes.get(environmentId);
  }

  private keep(node: TreeNode): TreeNode {
    const known = this.nodes.get(node.id);
    if (known) return known;
    this.nodes.set(node.id, node);
    return node;
  }
}
