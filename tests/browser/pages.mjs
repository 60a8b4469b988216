// The pages under test, made by the program itself: each with the JSON report of the same run beside it

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const made = join(root, "target/browser");
const program = resolve(root, process.env.IAM_PREFLIGHT ?? "target/release/iam-preflight");
const examples = "policies/examples";

// What a page must never do with a text: run it, fetch it, close an element with it, or turn the reading order
export const hostile = [
  "</script><script>window.pwned=1</script>",
  '"><img src="https://evil.example/x.png" onerror="window.pwned=2">',
  "'><svg onload=window.pwned=3>",
  "</style><style>body{display:none}</style>",
  "{{7*7}}${window.pwned=4}<!--",
  "\u202edenied\u202c\u200b\u0007\u001b[2J",
  "javascript:window.pwned=5",
];

function check(name, args, { expect = [0, 1, 3] } = {}) {
  const html = join(made, `${name}.html`);
  const json = join(made, `${name}.json`);
  const ran = spawnSync(program, ["check", ...args, "-o", `html=${html}`, "-o", `json=${json}`], { cwd: root, encoding: "utf8" });
  if (!expect.includes(ran.status)) throw new Error(`${name}: exit ${ran.status}: ${ran.stderr}`);
  return { name, html, report: JSON.parse(readFileSync(json, "utf8")), text: readFileSync(html, "utf8") };
}

const example = (request, account = `${examples}/account`) => [
  `${examples}/requests/${request}.json`, "--principal", "arn:aws:iam::111122223333:role/ml/VisionTrainer",
  "--snapshot", account, "--train", `${examples}/manifests/train.manifest`, "--test", `${examples}/manifests/test.manifest`,
];

/// A request, an account and a manifest in which every name that an attacker can choose is hostile
function hostileArgs() {
  const folder = join(made, "hostile");
  const account = join(folder, "account");
  cpSync(join(root, examples, "account"), account, { recursive: true });
  const request = JSON.parse(readFileSync(join(root, examples, "requests/ready.json"), "utf8"));
  request.Tags = hostile.map((value, index) => ({ Key: `tag${index}${value.slice(0, 40)}`, Value: value }));
  request.Description = hostile[0];
  const named = join(folder, "<img src=x onerror=window.pwned=6>.json");
  writeFileSync(named, JSON.stringify(request, null, 2));
  const policy = {
    Version: "2012-10-17",
    Statement: hostile.map((text, index) => ({
      Sid: `${index}${text}`, Effect: index === 0 ? "Deny" : "Allow", Action: index === 0 ? "s3:PutObject" : "s3:*",
      Resource: `arn:aws:s3:::acme-vision-results/${text}*`,
      Condition: { StringNotEquals: { "aws:UserAgent": [text] } },
    })),
  };
  policy.Statement.push({ Sid: hostile[1], Effect: "Deny", Action: ["s3:GetObject"], Resource: "*" });
  const document = join(folder, "policy '\"&<b>.json");
  writeFileSync(document, JSON.stringify(policy, null, 2));
  const manifest = join(folder, "train.manifest");
  const lines = hostile.map((text, index) => JSON.stringify({
    "source-ref": `s3://acme-vision-datasets/${text}${index}.jpg`, "anomaly-label": 0,
    "anomaly-label-metadata": {
      "class-name": "normal", confidence: 1, type: "groundtruth/image-classification", "human-annotated": "yes",
      "creation-date": "2026-09-22T09:01:11.007919", "job-name": "labeling-job/x",
    },
  }));
  writeFileSync(manifest, lines.join("\n") + "\n");
  return [
    named, "--principal", "arn:aws:iam::111122223333:role/ml/VisionTrainer", "--snapshot", account, "--train", manifest,
    "--identity-policy", document, "--context", `aws:UserAgent=${hostile[0].replaceAll(",", " ")}`,
  ];
}

/// A dataset of 20,000 images, half of them under each of two prefixes, with their encryption in the snapshot
function largeArgs() {
  const folder = join(made, "large");
  const account = join(folder, "account");
  cpSync(join(root, examples, "account"), account, { recursive: true });
  const first = JSON.parse(readFileSync(join(root, examples, "manifests/train.manifest"), "utf8").split("\n")[0]);
  const head = JSON.parse(readFileSync(join(root, examples, "account/s3/acme-vision-datasets/objects.jsonl"), "utf8").split("\n")[0]);
  const keys = Array.from({ length: 20000 }, (_, n) => `casting/line-${n % 2}/2026-11/camera-${n % 7}/img-${String(n).padStart(6, "0")}.jpg`);
  const line = (key) => JSON.stringify({ ...first, "source-ref": `s3://acme-vision-datasets/${key}` });
  writeFileSync(join(folder, "train.manifest"), keys.map(line).join("\n") + "\n");
  const objects = join(account, "s3/acme-vision-datasets/objects.jsonl");
  writeFileSync(objects, keys.map((key) => JSON.stringify({ ...head, Key: key })).join("\n") + "\n");
  return [...example("ready", account).slice(0, 5), "--train", join(folder, "train.manifest")];
}

function make() {
  rmSync(made, { recursive: true, force: true });
  for (const folder of ["hostile", "large"]) mkdirSync(join(made, folder), { recursive: true });
  const large = largeArgs();
  const pages = ["ready", "blocked", "undetermined", "rejected"].map((request) => check(request, example(request)));
  const bare = [`${examples}/requests/ready.json`, "--principal", "arn:aws:iam::111122223333:role/ml/VisionTrainer"];
  pages.push(
    check("bare", bare),
    check("expanded", [...example("blocked"), "--expand"]),
    check("hostile", hostileArgs()),
    check("large", large),
    check("large-expanded", [...large, "--expand"]),
  );
  return new Map(pages.map((page) => [page.name, page]));
}

export const pages = make();
export const sha256sum = (file) => execFileSync("sha256sum", [file], { cwd: root, encoding: "utf8" }).split(" ")[0].replace(/^\\/, "");
