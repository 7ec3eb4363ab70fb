// The page in a real browser, before a real gateway fed by real node programs over UDP.
//
// LATCH_CHROMIUM names the browser; /usr/bin/chromium if not set. Screenshots land in
// build/test-output.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { packageRoot } from "../../host/base/package.ts";
import { loadBoard } from "../../host/board/load.ts";
import { buildWasm } from "../../host/build/build.ts";
import { type Gateway, startGateway } from "../../host/gateway/gateway.ts";
import { DgramTransport } from "../../host/link/dgram.ts";
import { ensurePage } from "../../host/page/build.ts";

const BROWSER = process.env.LATCH_CHROMIUM ?? "/usr/bin/chromium";
const BROWSER_FLAGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run " +
  "--disable-background-networking --disable-component-update --disable-sync";
const OUTPUT = join(packageRoot, "build", "test-output");
/** Long enough for a loaded machine; only the gone state has a deadline of its own. */
const PATIENCE_MS = 20_000;
const SOURCES = ["model:outer:1", "model:inner:2", "model:healthy:3", "model:ball:4"];

const memorySizeBytes = loadBoard("native").wasmMemorySizeBytes;
const nodes = new Map<number, ChildProcess>();
const requests: string[] = [];
const complaints: string[] = [];
let wasm: string;
let gateway: Gateway;
let wire: DgramTransport;
let browser: Browser | undefined;
let page: Page;

const missing = existsSync(BROWSER) ? undefined : `no browser at ${BROWSER}; apt install chromium`;

async function openGateway(httpPort: number, wirePort: number): Promise<void> {
  wire = new DgramTransport({ port: wirePort });
  gateway = await startGateway({
    transport: wire,
    pageFolder: await ensurePage(),
    httpPort,
    simulated: ["signal (bearing model)"],
  });
}

function startNode(publisherId: number): void {
  const script = join(packageRoot, "test", "page", "live-node.ts");
  const source = SOURCES[publisherId - 1]!;
  const words = [wasm, memorySizeBytes, source, publisherId, wire.port].map(String);
  const child = spawn(process.execPath, ["--import", "tsx", script, ...words], {
    cwd: packageRoot,
    stdio: "inherit",
  });
  nodes.set(publisherId, child);
}

before(async () => {
  if (missing !== undefined) return;
  mkdirSync(OUTPUT, { recursive: true });
  wasm = await buildWasm({ memorySizeBytes });
  await openGateway(0, 0);
  for (const publisherId of [1, 2, 3]) startNode(publisherId);
  browser = await chromium.launch({ executablePath: BROWSER, args: BROWSER_FLAGS.split(" ") });
  page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, colorScheme: "dark" });
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(gateway.address);
});

after(async () => {
  for (const child of nodes.values()) child.kill("SIGKILL");
  await browser?.close();
  await gateway?.close();
});

/** Skips aloud where there is no browser. */
function check(name: string, run: (t: TestContext) => Promise<void>): void {
  test(name, async (t) => (missing === undefined ? run(t) : t.skip(missing)));
}

const card = (publisherId: number) => page.locator(`.card[data-publisher-id="${publisherId}"]`);

/** Waits until the pixels of the card's plot number `index` have changed. */
async function plotMoves(publisherId: number | "map", index: number): Promise<void> {
  const place = publisherId === "map" ? page.locator(".map") : card(publisherId);
  const canvas = place.locator(".plot canvas").nth(index);
  const pixels = () => canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL());
  const first = await pixels();
  const deadline = Date.now() + PATIENCE_MS;
  while ((await pixels()) === first) {
    assert.ok(Date.now() < deadline, `plot ${index} of node ${publisherId} stands still`);
    await page.waitForTimeout(50);
  }
}

const hasText = (selector: string, words: RegExp) =>
  page.locator(selector).filter({ hasText: words }).first().waitFor();

check("every node has a card with five plots that move", async () => {
  for (const publisherId of [1, 2, 3]) {
    await card(publisherId).scrollIntoViewIfNeeded();
    assert.equal(await card(publisherId).locator(".plot").count(), 5);
    for (let index = 0; index < 5; index++) {
      await card(publisherId).locator(".plot").nth(index).scrollIntoViewIfNeeded();
      await plotMoves(publisherId, index);
    }
  }
});

check("a defect's line is named by its frequency, a healthy bearing's is not", async () => {
  const line = (publisherId: number) => `.card[data-publisher-id="${publisherId}"] .figure-wide`;
  await hasText(line(1), /10\d\.\d Hz = BPFO × (0\.9[89]|1\.0[012])/);
  await hasText(line(2), /16\d\.\d Hz = BPFI × (0\.9[89]|1\.0[012])/);
  await hasText(line(3), /within the noise/);
});

check("what is simulated is said at the top and on each card", async () => {
  await hasText(".simulated", /signal/);
  for (const publisherId of [1, 2, 3]) {
    assert.match((await card(publisherId).locator(".badge").textContent())!, /simulated signal/);
  }
});

check("the entry map is shown at work", async () => {
  await page.locator(".map").scrollIntoViewIfNeeded();
  await hasText(".map .figure", /^entries\s*30$/);
  await hasText(".map .figure", /^refused, full\s*0$/);
  for (const index of [0, 1, 2]) await plotMoves("map", index);
});

check("a killed node is gone within 3 s and comes back without a reload", async () => {
  await page.screenshot({ path: join(OUTPUT, "page-wide.png"), fullPage: true });
  nodes.get(2)!.kill("SIGKILL");
  await page.locator('.card[data-publisher-id="2"][data-state="gone"]').waitFor({ timeout: 3_000 });
  await hasText('.card[data-publisher-id="2"] .state', /gone since \d+ s/);
  await hasText(".totals", /2 live, 1 gone/);
  await page.screenshot({ path: join(OUTPUT, "page-gone.png") });
  assert.equal(await card(1).getAttribute("data-state"), "live");
  startNode(2);
  await page.locator('.card[data-publisher-id="2"][data-state="live"]').waitFor();
  await card(2).locator(".plot").first().scrollIntoViewIfNeeded();
  await plotMoves(2, 0);
});

check("a new node appears, and a click on its tile shows and hides it", async () => {
  startNode(4);
  const tile = page.locator(".tile", { hasText: "model:ball:4" });
  await tile.waitFor();
  await tile.focus();
  await page.keyboard.press("Enter");
  await card(4).waitFor();
  assert.equal(await tile.getAttribute("aria-pressed"), "true");
  assert.match(page.url(), /#nodes=1,2,3,4$/);
  await card(4).getByRole("button", { name: "Hide node 4" }).click();
  await card(4).waitFor({ state: "detached" });
});

check("nothing overflows at 390 pixels", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForFunction(() => {
    const charts = [...document.querySelectorAll(".uplot")];
    return charts.every((chart) => chart.getBoundingClientRect().right <= innerWidth);
  });
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(widths[0]! <= widths[1]!, `${widths[0]} of ${widths[1]} pixels`);
  await card(1).locator(".plot").first().scrollIntoViewIfNeeded();
  await plotMoves(1, 0);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(OUTPUT, "page-phone.png") });
  await page.setViewportSize({ width: 1440, height: 1000 });
});

check("a lost gateway is said, and the page finds it again by itself", async () => {
  const httpPort = Number(new URL(gateway.address).port);
  const wirePort = wire.port;
  await gateway.close();
  await hasText(".top .state", /no gateway for \d+ s, trying again in \d+ s/);
  await page.locator('.card[data-publisher-id="1"][data-state="unknown"]').waitFor();
  await openGateway(httpPort, wirePort);
  await hasText(".top .state", /^connected$/);
  await page.locator('.card[data-publisher-id="1"][data-state="live"]').waitFor();
  await card(1).locator(".plot").first().scrollIntoViewIfNeeded();
  await plotMoves(1, 0);
});

check("the page asks nobody but its gateway and raises no error", async () => {
  const { origin } = new URL(gateway.address);
  const strangers = requests.filter((url) => !url.startsWith(origin) && !url.startsWith("data:"));
  assert.deepEqual(strangers, []);
  assert.deepEqual(complaints, []);
});
