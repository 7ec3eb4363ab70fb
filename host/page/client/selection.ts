// Which nodes are shown in full; kept in the address (#nodes=1,5), so that a link shows the same.

/** Without a choice the first nodes to be heard are shown. */
const OFFERED = 3;

export class Selection {
  readonly ids = new Set<number>();
  private isChosen: boolean;

  constructor() {
    const stated = /^#nodes=([\d,]*)$/.exec(location.hash)?.[1];
    this.isChosen = stated !== undefined;
    for (const id of (stated ?? "").split(",")) if (id !== "") this.ids.add(Number(id));
  }

  has(publisherId: number): boolean {
    return this.ids.has(publisherId);
  }

  toggle(publisherId: number): void {
    if (!this.ids.delete(publisherId)) this.ids.add(publisherId);
    this.isChosen = true;
    const ids = [...this.ids].sort((a, b) => a - b);
    history.replaceState(null, "", `#nodes=${ids.join(",")}`);
  }

  /** Shows the first nodes as long as nobody has chosen. */
  offer(publisherIds: number[]): void {
    if (this.isChosen) return;
    for (const id of publisherIds.sort((a, b) => a - b)) {
      if (this.ids.size < OFFERED) this.ids.add(id);
    }
  }
}
