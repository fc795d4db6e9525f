/** A target by its provider and its name in the catalog. */
export interface TargetName {
  readonly provider: string;
  readonly target: string;
}
