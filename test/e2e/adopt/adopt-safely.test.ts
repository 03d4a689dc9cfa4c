import { execFileSync } from "node:child_process";
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { programCache } from "../../../clients/host/program-cache.ts";
import { whoAmI } from "../../../engine/state/journal.ts";
import { objectsOf } from "../../../engine/state/rewrite/move-objects.ts";
import { parseState } from "../../../engine/state/rewrite/state-document.ts";
import { newAgeKey } from "../../../lab/age-key.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { filesWith } from "../harness/files-with.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { addressesIn, OldTerraform, stacksOf, uidsOf } from "./adoption-lab.ts";
import { adoptFromDatabase } from "./database.cases.ts";
import { claim, clearText, meta, workload } from "./reference-platform.ts";

const ready = needsPrograms(...controlPlanePrograms, "kubectl", "terraform", "sops");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-safely-`));
const memory = mkdtempSync("/dev/shm/infra-adopt-");
let plane: ControlPlane;
let old: OldTerraform;

const after = { depends_on: ["kubernetes_namespace.shop"] };
const oldShop = {
	kubernetes_namespace: { shop: { metadata: [{ name: "shop" }] } },
	kubernetes_config_map: { web: { metadata: [meta("shop", "web")], data: { a: "1" }, ...after } },
	kubernetes_secret: {
		login: { metadata: [meta("shop", "login")], data: { password: clearText }, ...after },
	},
	kubernetes_persistent_volume_claim: { data: { ...claim("shop", "web-data"), ...after } },
	kubernetes_deployment: {
		web: {
			metadata: [meta("shop", "web")],
			wait_for_rollout: false,
			spec: [workload("web", ["web-data"])],
			...after,
		},
	},
};

/** The same as a stack declares it. */
const shop = {
	kubernetes_namespace_v1: { it: { metadata: { name: "shop" } } },
	kubernetes_config_map_v1: { web: { metadata: meta("shop", "web"), data: { a: "1" } } },
	kubernetes_secret_v1: {
		login: { metadata: meta("shop", "login"), data_wo: { password: "another" }, data_wo_revision: 1 },
	},
	kubernetes_persistent_volume_claim_v1: { data: claim("shop", "web-data") },
	kubernetes_deployment_v1: {
		web: { metadata: meta("shop", "web"), wait_for_rollout: false, spec: workload("web", ["web-data"]) },
	},
};

beforeAll(async () => {
	if (!ready) return;
	plane = await ControlPlane.start(mkdtempSync(join(folder, "plane-")));
	old = new OldTerraform(join(folder, "old"), plane);
	await old.apply(oldShop);
}, 400_000);
afterAll(async () => {
	await plane?.stop();
	for (const path of [folder, memory]) rmSync(path, { recursive: true, force: true });
});

describe("what would lose something", { timeout: 600_000 }, () => {
	test("is not decided, or is refused, and nothing is written", async () => {
		const stacks = stacksOf(join(folder, "other"), plane, {
			shop: {
				...shop,
				kubernetes_persistent_volume_claim_v1: { data: claim("shop", "web-data-encrypted") },
				kubernetes_deployment_v1: {
					web: {
						metadata: meta("shop", "web"),
						wait_for_rollout: false,
						spec: workload("shop-web", ["web-data-encrypted"]),
					},
				},
			},
		});
		await stacks.adopt(`map --state ${old.state}`);
		const before = readFileSync(old.state, "utf8");
		const open = await stacks.adopt("plan");
		expect(open.code).toBe(1);
		expect(open.stderr).toContain("nobody has decided what happens to objects that hold data");
		expect(open.stderr).toContain("left-behind.yaml: kubernetes_persistent_volume_claim.data");

		stacks.edit("left-behind", (text) => text.replace("how: ask", "how: leave"));
		const { code, stderr } = await stacks.adopt("apply --yes");
		expect(code).toBe(1);
		expect(stderr).toContain("stack shop is not adopted, nothing of it was written");
		expect(stderr).toContain(
			"kubernetes_deployment_v1.web: the plan would replace it because of spec[0].selector",
		);
		expect(stderr).toContain(
			"kubernetes_persistent_volume_claim_v1.data would be new and empty beside persistent_volume_claim shop/web-data",
		);
		expect([readFileSync(old.state, "utf8"), existsSync(stacks.stateFile("shop"))]).toEqual([before, false]);

		const elsewhere = stacksOf(join(folder, "other"), plane, { shop }, { FAKE_SITE: "theirs" });
		expect((await elsewhere.adopt("plan")).stderr).toContain("are of site mine, and this is site theirs");
	});
});

describe("states that are encrypted on both sides", { timeout: 600_000 }, () => {
	const { recipient, identity } = newAgeKey();
	const root = join(folder, "sops");
	const keys = join(root, "keys.txt");
	const source = join(root, "old.tfstate.enc");
	const env = { SOPS_AGE_KEY_FILE: keys, INFRA_MEMORY: memory, XDG_STATE_HOME: join(root, "home-state") };
	const target = join(root, "state", "shop", "terraform.tfstate.enc");
	const opened = (file: string) =>
		execFileSync(
			"sops",
			["decrypt", ...(file === source ? ["--input-type", "json", "--output-type", "json"] : []), file],
			{
				env: { ...process.env, ...env, PATH: `${process.env.PATH}:${programCache}` },
			},
		).toString();
	const objects = (file: string) => (existsSync(file) ? objectsOf(parseState(opened(file))) : []);

	test("killed between the two writes each object is in one of them or in both, and the next run ends it", async () => {
		mkdirSync(root, { recursive: true });
		writeFileSync(keys, identity);
		copyFileSync(old.state, source);
		// As the reference keeps them: values encrypted one by one.
		const sops = [
			"encrypt",
			"--in-place",
			"--input-type",
			"json",
			"--output-type",
			"json",
			"--age",
			recipient,
			source,
		];
		execFileSync("sops", sops, { env: { ...process.env, PATH: `${process.env.PATH}:${programCache}` } });
		const state = { kind: "encrypted", directory: join(root, "state"), recipients: [recipient] };
		const stacks = stacksOf(root, plane, { shop }, { ...env, FAKE_STATE: JSON.stringify(state) });
		const uids = await uidsOf(plane, "shop");
		const mapped = await stacks.adopt(`map --state ${source}`);
		expect(mapped.code === 0 ? "" : mapped.stderr).toBe("");

		let ended = false;
		const killed = stacks.adopt("apply --yes", async (_, child) => {
			while (!existsSync(target) && !ended) await sleep(2);
			child.kill("SIGKILL");
		});
		await killed;
		ended = true;
		expect(existsSync(target)).toBe(true);
		const [left, taken] = [objects(source), objects(target)];
		expect(taken).toHaveLength(5);
		expect([0, 5]).toContain(left.length);

		// What the killed command has started may still hold the stack for a moment, and its lock stays until it is freed.
		await waitFor(
			"the next run ends it",
			async () => {
				const again = await stacks.adopt("apply --yes");
				if (again.code === 0) return true;
				await stacks.run(`state unlock shop --holder ${whoAmI()}`);
				throw new Error(again.stderr);
			},
			{ within: 120_000, every: 1000 },
		);
		expect([objects(source), objects(target).length]).toEqual([[], 5]);
		expect(await uidsOf(plane, "shop")).toEqual(uids);
		expect(opened(target)).not.toContain(clearText);
		expect([root, memory].flatMap((below) => filesWith(below, clearText))).toEqual([]);
		expect((await stacks.run("state history shop")).stdout).toContain("adopt");
		expect((await stacks.adopt("apply --yes")).stdout).toBe("shop  nothing to adopt\n");
	});
});

describe("a state in PostgreSQL", { timeout: 600_000 }, () => {
	adoptFromDatabase(() => ({ folder: join(folder, "database"), plane, old, shop }));
});

test("300 objects are adopted", { timeout: 900_000 }, async () => {
	const count = 300;
	const many = new OldTerraform(join(folder, "many"), plane);
	await many.apply({
		kubernetes_namespace: { many: { metadata: [{ name: "many" }] } },
		kubernetes_config_map: {
			all: {
				for_each: `\${toset([for n in range(${count}) : tostring(n)])}`,
				metadata: [meta("many", "settings-${each.value}")],
				data: { n: "${each.value}" },
				depends_on: ["kubernetes_namespace.many"],
			},
		},
	});
	const stacks = stacksOf(join(folder, "many-stacks"), plane, {
		many: {
			kubernetes_namespace_v1: { it: { metadata: { name: "many" } } },
			kubernetes_config_map_v1: Object.fromEntries(
				Array.from({ length: count }, (_, n) => [
					`settings_${n}`,
					{ metadata: meta("many", `settings-${n}`), data: { n: String(n) } },
				]),
			),
		},
	});
	await stacks.adopt(`map --state ${many.state}`);
	const { code, stdout, stderr } = await stacks.adopt("apply --yes");
	expect(code === 0 ? "" : stderr).toBe("");
	expect(stdout).toContain("many  adopted; the next plan has no changes");
	expect(addressesIn(many.state)).toEqual([]);
	expect(stacks.addresses("many")).toHaveLength(count + 1);
});
