// The live table on a terminal: one block of lines, redrawn in place, with notes above it.
//
// Lines are cut to the terminal's width and the block to its height: a line that wraps would make
// the block taller than what the next draw erases. Where the output is no terminal, draws and notes
// are simply appended. Control sequences: ECMA-48 CUU (cursor up) and ED (erase in page).

/** What the view needs of process.stdout. */
export interface Screen {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  rows?: number | undefined;
  write(text: string): unknown;
}

/** A terminal that does not tell its size is taken for a VT100. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

export class LiveView {
  readonly #screen: Screen;
  readonly #say: (line: string) => void;
  #text: string | undefined;
  /** Lengths of the lines now on the terminal; none before the first draw. */
  #drawn: number[] = [];

  /** Notes go to `say`, which writes a line to the same terminal or somewhere else. */
  constructor(screen: Screen, say: (line: string) => void) {
    this.#screen = screen;
    this.#say = say;
  }

  /** True if a draw replaces the one before it. */
  get isInPlace(): boolean {
    return this.#screen.isTTY === true;
  }

  /** Shows the text instead of the one before it. */
  draw(text: string): void {
    if (!this.isInPlace) {
      this.#screen.write(`${text}\n`);
      return;
    }
    this.#text = text;
    const { columns = DEFAULT_COLUMNS, rows = DEFAULT_ROWS } = this.#screen;
    const lines = text
      .split("\n")
      .slice(0, Math.max(1, rows - 1))
      .map((line) => cut(line, columns));
    this.#screen.write(`${this.#erasure()}${lines.map((line) => `${line}\n`).join("")}`);
    this.#drawn = lines.map((line) => line.length);
  }

  /** Says a line that stays: above the block, which moves down. */
  note(line: string): void {
    const text = this.#text;
    this.close();
    this.#say(line);
    if (text !== undefined) this.draw(text);
  }

  /** Takes the block off the terminal. */
  close(): void {
    const erasure = this.#erasure();
    if (erasure !== "") this.#screen.write(erasure);
    this.#drawn = [];
    this.#text = undefined;
  }

  /**
   * Up to the block's first row and away with it; a terminal made narrower has wrapped its lines.
   */
  #erasure(): string {
    const { columns = DEFAULT_COLUMNS } = this.#screen;
    const rows = this.#drawn.reduce(
      (sum, length) => sum + Math.max(1, Math.ceil(length / columns)),
      0,
    );
    return rows === 0 ? "" : `\u001b[${rows}A\u001b[J`;
  }
}

/** The line in at most `columns` characters, its loss marked by an ellipsis. */
function cut(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}
