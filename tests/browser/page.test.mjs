// The evidence page in headless Chromium: it works, it stays quiet, and it says what the JSON report says

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import axe from "axe-core";
import { chromium } from "playwright-core";

import { hostile, made, pages, root, sha256sum } from "./pages.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const shots = process.env.SHOTS;

let browser;
before(async () => { browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS }); });
after(async () => { await browser.close(); });

// Opens a page and notes everything that it does beyond showing itself
async function open(name, { hash = "", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const noise = [];
  page.on("console", (message) => noise.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => noise.push(`error: ${error.message}`));
  page.on("dialog", async (dialog) => { noise.push(`dialog: ${dialog.message()}`); await dialog.dismiss(); });
  const url = pathToFileURL(pages.get(name).html).href;
  page.on("request", (request) => { if (request.url().split("#")[0] !== url) noise.push(`request: ${request.url()}`); });
  await page.goto(url + hash);
  return { page, noise, close: () => context.close() };
}

const openAll = (page) => page.evaluate(() => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
const decisionWord = { allowed: "allowed", explicitDeny: "denied", implicitDeny: "denied", undetermined: "undetermined" };

for (const [name, { report, text }] of pages) {
  test(`${name}: no error, no request, nothing runs that came from an input`, async () => {
    const { page, noise, close } = await open(name);
    await openAll(page);
    await page.fill("#find", "s3");
    await page.waitForTimeout(50);
    assert.deepEqual(noise, []);
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    assert.equal(await page.locator("script").count(), 1);
    assert.equal(await page.locator("style").count(), 1);
    assert.equal(await page.locator("img, iframe, object, embed, link, base").count(), 0);
    const handlers = await page.evaluate(() => [...document.querySelectorAll("*")]
      .flatMap((element) => [...element.attributes].map((attribute) => attribute.name))
      .filter((attribute) => attribute.startsWith("on") || attribute === "style" || attribute === "src"));
    assert.deepEqual(handlers, []);
    const links = await page.evaluate(() => [...document.querySelectorAll("a")].map((link) => link.getAttribute("href")));
    assert.deepEqual(links.filter((href) => !/^(#|https:\/\/)/.test(href)), []);
    assert.match(text, /<meta http-equiv="Content-Security-Policy" content="default-src (&#39;|')none/);
    await close();
  });

  test(`${name}: the page says what the report says, and never more`, async () => {
    const { page, close } = await open(name, { javaScriptEnabled: false });
    const heading = (await page.locator("h1").innerText()).trim().toLowerCase();
    assert.equal(heading, report.verdict);
    const counts = await page.locator(".counts li").allInnerTexts();
    const { needed, allowed, denied, undetermined, waived } = report.summary;
    assert.deepEqual(counts.map((count) => count.trim()),
      [`${needed} needed`, `${allowed} allowed`, `${denied} denied`, `${undetermined} undetermined`, `${waived} waived`]);
    const rows = await page.locator("#rows > .row").evaluateAll((rows) => rows.map((row) => ({
      sign: row.dataset.sign, decides: row.dataset.decides === "true",
      decision: row.querySelector(".badge").textContent.trim(), action: row.querySelector(".what b").textContent,
      symbols: [...row.querySelectorAll(".way use")].map((use) => use.getAttribute("href").slice(3)),
      lines: [...row.querySelectorAll(".way path")].map((path) => path.getAttribute("class")),
      members: Number(row.querySelector(".inside > .more > summary")?.textContent.match(/^The ([\d,]+) /)?.[1].replaceAll(",", "") ?? 1),
    })));
    assert.equal(rows.reduce((sum, row) => sum + row.members, 0), report.requirements.length);
    for (const row of rows) {
      const same = report.requirements.filter((one) => one.action === row.action && one.decision === row.decision
        && (one.need === "must") === row.decides);
      assert.ok(same.length > 0, `${row.action} ${row.decision} is not in the report`);
      assert.equal(row.sign, decisionWord[row.decision]);
      const [end, ...layers] = [row.symbols.at(-1), ...row.symbols.slice(0, -1)];
      assert.equal(end, row.sign, "the line ends with the decision");
      const stopped = layers.some((layer) => layer === "denies" || layer === "lacks");
      if (row.sign === "allowed") {
        assert.ok(!stopped && !layers.includes("open"), `${row.action}: ${layers}`);
        assert.deepEqual(row.lines, ["go"]);
      } else if (row.sign === "denied") {
        assert.ok(stopped, `${row.action}: ${layers}`);
        assert.ok(row.lines.includes("cut") && !row.lines.includes("maybe"));
      } else {
        assert.ok(!stopped, `${row.action}: ${layers}`);
        assert.ok(row.lines.includes("maybe"), `${row.action}: ${row.lines}`);
      }
    }
    // What stops the request stands first.
    const ranks = rows.map((row) => (row.decides ? 0 : 3) + ["denied", "undetermined", "allowed"].indexOf(row.sign));
    assert.deepEqual(ranks, [...ranks].sort((one, other) => one - other));
    const unseen = report.coverage.filter((covered) => !covered.seen).map((covered) => covered.what);
    const shown = await page.locator(".unseen").innerText();
    for (const what of unseen) assert.ok(shown.includes(what), `${what} is not told as unseen`);
    if (unseen.length > 0) assert.equal(await page.locator(".unseen.none").count(), 0);
    for (const notice of report.notices) assert.ok((await page.locator(".notices").innerText()).includes(notice));
    assert.equal(await page.locator(".findings > li").count(), report.findings.length);
    assert.equal(await page.locator("[aria-label='Table of the assumptions'] tbody tr").count(), report.assumptions.length);
    assert.equal(await page.locator("[aria-label='Table of the coverage'] tbody tr").count(), report.coverage.length);
    await close();
  });

  // Every kind of part is on one of these; axe takes its time.
  const audited = ["blocked", "undetermined", "bare", "hostile"].includes(name);
  if (audited) test(`${name}: the page is accessible in both colour schemes, with every row open`, async () => {
    for (const colorScheme of ["light", "dark"]) {
      const { page, close } = await open(name, { colorScheme });
      await openAll(page);
      await page.evaluate(axe.source);
      const rules = colorScheme === "dark" ? { type: "rule", values: ["color-contrast"] } : ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"];
      const { violations } = await page.evaluate((runOnly) => window.axe.run(document, { runOnly }), rules);
      const words = violations.map((found) => `${colorScheme} ${found.id}: ${found.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + " " + node.failureSummary).join("\n")}`);
      assert.deepEqual(words, []);
      await close();
    }
  });

  test(`${name}: no part of it is wider than a phone`, async () => {
    for (const width of [320, 390]) {
      const { page, close } = await open(name, { ...PHONE, viewport: { width, height: 700 } });
      if (name !== "large-expanded") await openAll(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide at ${width}`);
      await close();
    }
  });
}

test("a row opens and closes by mouse and by keyboard, and the focus is seen", async () => {
  const { page, close } = await open("blocked");
  const row = page.locator("#rows > .row").first();
  await row.locator("> summary").click();
  assert.equal(await row.evaluate((row) => row.open), true);
  assert.ok(await row.locator(".gap").isVisible());
  await page.keyboard.press("Enter");
  assert.equal(await row.evaluate((row) => row.open), false);
  await page.keyboard.press("Space");
  assert.equal(await row.evaluate((row) => row.open), true);
  await page.keyboard.press("Tab");
  const focus = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(focus, "solid");
  await close();
});

test("the first stop of the Tab key skips to the permissions", async () => {
  const { page, close } = await open("blocked");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the permissions");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => location.hash), "#permissions");
  await close();
});

test("the filter narrows by words and by decision, counts, and says when nothing is left", async () => {
  const { page, close } = await open("blocked");
  const { report } = pages.get("blocked");
  const shown = () => page.locator("#rows > .row:visible").count();
  const all = await shown();
  assert.equal(await page.locator("#found").innerText(), `${all} of ${all} shown`);
  await page.keyboard.press("/");
  await page.keyboard.type("PutObject");
  const put = report.requirements.filter((row) => row.action.includes("PutObject")).length;
  assert.ok(put > 0 && put < all);
  assert.equal(await shown(), put);
  assert.equal(await page.locator("#found").innerText(), `${put} of ${all} shown`);
  await page.keyboard.press("Escape");
  assert.equal(await shown(), all);
  await page.uncheck("[value=allowed]");
  assert.equal(await shown(), report.requirements.filter((row) => row.decision !== "allowed").length);
  await page.check("[value=allowed]");
  await page.uncheck("[name=advisory]");
  assert.equal(await shown(), report.requirements.filter((row) => row.need === "must").length);
  await page.fill("#find", "no such thing");
  assert.equal(await shown(), 0);
  assert.ok(await page.locator("#none").isVisible());
  // A Sid stands inside a row; it is found all the same.
  await page.check("[name=advisory]");
  const sid = report.requirements.flatMap((row) => row.decided_by).find((by) => by.sid).sid;
  await page.fill("#find", sid);
  assert.ok(await shown() > 0);
  await close();
});

test("all rows open and close at once", async () => {
  const { page, close } = await open("ready");
  await page.click("#open");
  assert.equal(await page.locator("#rows > .row:not([open])").count(), 0);
  await page.click("#close");
  assert.equal(await page.locator("#rows > .row[open]").count(), 0);
  await close();
});

test("a link to a permission opens it, also when the filter hides it", async () => {
  const { page, close } = await open("ready", { hash: "#row-out-put" });
  assert.equal(await page.locator("#row-out-put").evaluate((row) => row.open), true);
  assert.equal(await page.evaluate(() => document.activeElement.parentElement.id), "row-out-put");
  await page.fill("#find", "GetObject");
  assert.ok(!(await page.locator("#row-create").isVisible()));
  await page.evaluate(() => { location.hash = "#row-create"; });
  await page.waitForFunction(() => document.getElementById("row-create").open);
  assert.ok(await page.locator("#row-create").isVisible());
  await close();
});

test("without script the rows open, and what needs script is not there", async () => {
  const { page, close } = await open("blocked", { javaScriptEnabled: false });
  assert.ok(!(await page.locator(".controls").isVisible()));
  const row = page.locator("#rows > .row").first();
  await row.locator("> summary").click();
  assert.ok(await row.locator(".gap").isVisible());
  await close();
});

test("dark is dark and light is light", async () => {
  const shade = async (colorScheme) => {
    const { page, close } = await open("blocked", { colorScheme });
    const rgb = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
    await close();
    return rgb.reduce((sum, part) => sum + part, 0) / 3;
  };
  assert.ok(await shade("light") > 230);
  assert.ok(await shade("dark") < 40);
});

test("on paper every row is open, also without script, and the controls are gone", async () => {
  for (const javaScriptEnabled of [true, false]) {
    const { page, close } = await open("blocked", { javaScriptEnabled });
    await page.emulateMedia({ media: "print" });
    if (javaScriptEnabled) await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    const inside = page.locator("#rows > .row .inside");
    const heights = await inside.evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().height));
    assert.ok(heights.length > 0 && heights.every((height) => height > 50), `${heights}`);
    assert.ok(!(await page.locator(".controls").isVisible()));
    assert.ok(!(await page.locator("nav").isVisible()));
    if (javaScriptEnabled) await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    if (javaScriptEnabled) assert.equal(await page.locator("#rows > .row[open]").count(), 0);
    await close();
  }
});

test("quoted lines are those of the files, with their numbers, and the deciding statement is marked", async () => {
  for (const name of ["ready", "blocked", "undetermined", "hostile"]) {
    const { page, close } = await open(name, { javaScriptEnabled: false });
    const quotes = await page.locator("figure").evaluateAll((figures) => figures.map((figure) => ({
      file: figure.querySelector("figcaption").textContent,
      lines: [...figure.querySelectorAll("pre > span:not(.skip), pre > mark")].map((line) => ({
        number: Number(line.querySelector("i").textContent), text: line.lastChild.textContent.replace(/\n$/, ""),
        marked: line.tagName === "MARK",
      })),
    })));
    assert.ok(quotes.length > 0);
    let compared = 0;
    for (const { file, lines } of quotes) {
      assert.ok(lines.some((line) => line.marked), `${file}: no line is marked`);
      let source;
      try { source = readFileSync(join(root, file), "utf8").split("\n"); } catch { source = readFileSync(file, "utf8").split("\n"); }
      for (const { number, text } of lines) {
        // A long line is cut, and hidden characters are shown as one sign each.
        const plain = source[number - 1].replace(/[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/gu, ".");
        const part = text.replace(/^…|…$/g, "").replace(/[\u2400-\u2421\ufffd]/gu, ".");
        assert.ok(plain.includes(part), `${file}:${number}: ${text}`);
        compared += 1;
      }
    }
    assert.ok(compared > 20, `${name}: ${compared} lines`);
    await close();
  }
});

test("the first lines of the deciding statement hold its Sid", async () => {
  const { page, close } = await open("blocked", { javaScriptEnabled: false });
  const { report } = pages.get("blocked");
  const denied = report.requirements.find((row) => row.decision === "explicitDeny");
  const by = denied.decided_by[0];
  const row = page.locator(`#row-${denied.id.replace("#", "-")}`);
  const statement = row.locator(".statement.decides").first();
  assert.ok((await statement.textContent()).includes(by.sid));
  const numbers = await statement.locator("pre i").allTextContents();
  assert.equal(Number(numbers[0]), by.location.line);
  assert.ok((await statement.locator("mark").allTextContents()).join("").includes("PutObject"));
  await close();
});

test("each input has the hash that sha256sum gives", async () => {
  const { page, close } = await open("blocked", { javaScriptEnabled: false });
  const rows = await page.locator("[aria-label='Table of the inputs'] tbody tr").evaluateAll((rows) => rows.map((row) => ({
    role: row.cells[0].textContent, file: row.cells[1].textContent, hash: row.cells[3].textContent,
  })));
  assert.ok(rows.length >= 10);
  assert.equal(rows[0].role, "request");
  for (const { file, hash } of rows) assert.equal(hash, sha256sum(file), file);
  await close();
});

test("hostile texts are shown, every one of them, as what they are", async () => {
  const { page, close } = await open("hostile");
  await openAll(page);
  const text = await page.locator("body").innerText();
  for (const piece of ["</script><script>window.pwned=1", "onerror=", "<svg onload=window.pwned=3>", "</style><style>", "{{7*7}}${window.pwned=4}<!--", "javascript:window.pwned=5"]) {
    assert.ok(text.includes(piece), piece);
  }
  assert.ok(!/[\u202a-\u202e\u2066-\u2069\u200b\u0007\u001b]/u.test(pages.get("hostile").text), "a hidden character reached the page");
  assert.ok(hostile.length === 7 && text.includes("\\u{202e}denied"));
  await close();
});

test("a script that gets into the page all the same is not run", async () => {
  const { page, close } = await open("ready");
  const ran = await page.evaluate(async () => {
    const range = document.createRange();
    try { document.body.append(range.createContextualFragment("<script>window.injected = 1</" + "script>")); } catch { /* refused by trusted types */ }
    const image = document.createElement("img");
    image.setAttribute("src", "https://evil.example/x.png");
    const refused = new Promise((resolve) => image.addEventListener("error", () => resolve(true)));
    document.body.append(image);
    return { injected: window.injected, refused: await refused };
  });
  assert.deepEqual(ran, { injected: undefined, refused: true });
  await close();
});

test("twenty thousand objects: under 2 MB, and the time that the page takes to open", async () => {
  for (const name of ["large", "large-expanded"]) {
    const { text } = pages.get(name);
    const bytes = Buffer.byteLength(text);
    assert.ok(bytes < 2_000_000, `${bytes} bytes`);
    const times = [];
    for (let round = 0; round < 5; round += 1) {
      const { page, close } = await open(name);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      times.push(await page.evaluate(() => Math.round(performance.getEntriesByType("paint").find((entry) => entry.name === "first-contentful-paint")?.startTime ?? performance.now())));
      if (round === 0) await page.evaluate(() => performance.now()).then((now) => console.log(`# ${name}: ${bytes} bytes, shown and settled after ${Math.round(now)} ms at first`));
      await close();
    }
    times.sort((one, other) => one - other);
    console.log(`# ${name}: first contentful paint, median of five: ${times[2]} ms`);
  }
});

test("names of twenty thousand expanded rows are found by the filter", async () => {
  const { page, close } = await open("large-expanded");
  await page.fill("#find", "img-000017.jpg");
  assert.ok(await page.locator("#rows > .row:visible").count() > 0);
  await page.fill("#find", "img-999999.jpg");
  assert.equal(await page.locator("#rows > .row:visible").count(), 0);
  await close();
});

if (shots) test("pictures for the eye", async () => {
  const take = async (file, name, options = {}, prepare = async () => {}) => {
    const { page, close } = await open(name, options);
    await prepare(page);
    await page.screenshot({ path: join(shots, file), fullPage: options.fullPage ?? false });
    await close();
  };
  const openFirst = (page) => page.evaluate(() => { document.querySelector("#rows > .row").open = true; });
  for (const name of ["ready", "blocked", "undetermined", "rejected", "bare"]) {
    for (const colorScheme of ["light", "dark"]) await take(`${name}-${colorScheme}.png`, name, { colorScheme, fullPage: true }, openFirst);
  }
  await take("phone.png", "blocked", { ...PHONE });
  await take("phone-row.png", "blocked", { ...PHONE, viewport: { width: 360, height: 2400 }, hash: "#row-out-put" });
  await take("hostile.png", "hostile", { fullPage: true }, openAll);
  await take("large.png", "large-expanded", { fullPage: true });
  await take("docs.png", "blocked", { viewport: { width: 1180, height: 1500 } });
  await take("row.png", "blocked", { viewport: { width: 1180, height: 1900 }, hash: "#row-out-put" });
  const { page, close } = await open("blocked");
  await page.pdf({ path: join(shots, "print.pdf"), format: "A4", printBackground: true, margin: { top: "14mm", bottom: "14mm", left: "12mm", right: "12mm" } });
  await close();
});
