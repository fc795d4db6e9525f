/** The text files of a `policies/` tree, by path below it, and a name for their content: git's id of the tree. */
export interface PolicyTree {
  readonly id: string;
  readonly files: Readonly<Record<string, string>>;
}
