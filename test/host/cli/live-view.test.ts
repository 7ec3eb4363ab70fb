// The live table on an emulated terminal: what a person sees after many draws, notes and a resize.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveView, type Screen } from "../../../host/cli/live-view.ts";

/** Rows of text, a cursor, wrapping at the right edge, CUU and ED; it never scrolls away. */
class Terminal implements Screen {
  readonly isTTY = true;
  columns: number;
  rows: number;
  #lines: string[] = [""];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ESC opens a control sequence
    for (const [token] of text.matchAll(/\u001b\[\d*[A-Z]|[^\u001b]/gu)) {
      if (token === "\n") this.#feed();
      else if (token.endsWith("A") && token.length > 1) {
        this.#row = Math.max(0, this.#row - Number(token.slice(2, -1)));
      } else if (token === "\u001b[J") {
        this.#lines.length = this.#row + 1;
        this.#lines[this.#row] = (this.#lines[this.#row] as string).slice(0, this.#column);
      } else {
        assert.equal(token.length, 1, `the emulation knows ${JSON.stringify(token)}`);
        this.#put(token);
      }
    }
  }

  /** What a terminal does that is made narrower: long lines take several rows. */
  narrow(columns: number): void {
    assert.equal(this.#row, this.#lines.length - 1);
    this.#lines = this.#lines.flatMap((line) =>
      line === "" ? [""] : (line.match(new RegExp(`.{1,${columns}}`, "gu")) as string[]),
    );
    this.#row = this.#lines.length - 1;
    this.columns = columns;
  }

  seen(): string[] {
    return this.#lines.slice(0, -1);
  }

  #feed(): void {
    this.#row++;
    this.#column = 0;
    this.#lines[this.#row] ??= "";
  }

  #put(character: string): void {
    if (this.#column === this.columns) this.#feed();
    const line = (this.#lines[this.#row] as string).padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column++;
  }
}

const table = (second: number) =>
  [
    "board       source                      state  frames  strongest envelope line",
    `mps2-an385  cwru:1797_OR_at_6_21_DE12   live   ${second}  107.4 Hz = outer race x 1.001, and more`,
    `mps2-an386  cwru:1797_IR_21_DE12        live   ${second}  162.2 Hz = inner race x 0.999, and more`,
    `page http://127.0.0.1:8080/   up ${second} s`,
  ].join("\n");

function viewOn(terminal: Terminal): LiveView {
  return new LiveView(terminal, (line) => terminal.write(`${line}\n`));
}

for (const columns of [200, 80, 40, 1]) {
  test(`ten draws on ${columns} columns leave one table, none of its lines wrapped`, () => {
    const terminal = new Terminal(columns);
    const view = viewOn(terminal);
    terminal.write("p\n");
    for (let second = 1; second <= 10; second++) view.draw(table(second));
    const expected = table(10)
      .split("\n")
      .map((line) => (line.length <= columns ? line : `${line.slice(0, columns - 1)}…`));
    assert.deepEqual(terminal.seen(), ["p", ...expected]);
  });
}

test("a note stays visible above the one table, also a note that wraps", () => {
  const terminal = new Terminal(40);
  const view = viewOn(terminal);
  view.note("before the first draw");
  view.draw(table(1));
  view.note("mps2-an386: killed by SIGKILL; starting it again");
  view.draw(table(2));
  view.note("gateway: died, starting it again");
  view.draw(table(3));
  const seen = terminal.seen();
  assert.deepEqual(seen.slice(0, 4), [
    "before the first draw",
    "mps2-an386: killed by SIGKILL; starting ",
    "it again",
    "gateway: died, starting it again",
  ]);
  assert.equal(seen.length, 4 + 4);
  assert.equal(seen.at(-1), "page http://127.0.0.1:8080/   up 3 s");
});

test("a note shows the table again at once", () => {
  const terminal = new Terminal(80);
  const view = viewOn(terminal);
  view.draw(table(1));
  const before = terminal.seen();
  view.note("noted");
  assert.deepEqual(terminal.seen(), ["noted", ...before]);
});

test("a terminal made narrower between two draws shows one table", () => {
  const terminal = new Terminal(80);
  const view = viewOn(terminal);
  terminal.write("first\n");
  view.draw(table(1));
  terminal.narrow(33);
  view.draw(table(2));
  assert.equal(terminal.seen().length, 1 + 4);
  assert.equal(terminal.seen()[0], "first");
});

test("a table taller than the terminal is cut, so that its top can be reached", () => {
  const terminal = new Terminal(80, 3);
  const view = viewOn(terminal);
  view.draw(table(1));
  view.draw(table(2));
  assert.equal(terminal.seen().length, 2);
});

test("a closed view leaves only the notes and comes back with the next draw", () => {
  const terminal = new Terminal(80);
  const view = viewOn(terminal);
  view.draw(table(1));
  view.note("noted");
  view.close();
  view.close();
  assert.deepEqual(terminal.seen(), ["noted"]);
  view.note("after");
  assert.deepEqual(terminal.seen(), ["noted", "after"]);
  view.draw("again");
  assert.deepEqual(terminal.seen(), ["noted", "after", "again"]);
});

test("an output that is no terminal gets whole lines appended and no control sequence", () => {
  let written = "";
  const said: string[] = [];
  const view = new LiveView(
    {
      columns: 20,
      write: (text) => {
        written += text;
      },
    },
    (line) => said.push(line),
  );
  view.draw(table(1));
  view.note("noted");
  view.draw(table(2));
  view.close();
  assert.equal(written, `${table(1)}\n${table(2)}\n`);
  assert.deepEqual(said, ["noted"]);
});
