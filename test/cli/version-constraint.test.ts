import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findTerraform } from "../../engine/binary.ts";
import { temporaryFolder } from "../synth.ts";
import { admitted, refused, unreadable } from "../unit/schema/version-constraints.ts";

const platforms = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"];

/** What `terraform init` prints where each constraint has a provider of its own, of which there is one version. */
async function init(cases: readonly (readonly [constraint: string, version: string])[]): Promise<string> {
	const { command } = await findTerraform();
	const folder = temporaryFolder();
	const mirror = join(folder, "mirror");
	const required = cases.map(([version, only], index) => {
		for (const platform of platforms) {
			const place = join(mirror, `example.org/test/p${index}/${only}/${platform}`);
			mkdirSync(place, { recursive: true });
			// Terraform only copies it.
			writeFileSync(join(place, `terraform-provider-p${index}_v${only}`), only, { mode: 0o755 });
		}
		return [`p${index}`, { source: `example.org/test/p${index}`, version }];
	});
	const settings = join(folder, "settings");
	writeFileSync(
		settings,
		`provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
	);
	writeFileSync(
		join(folder, "main.tf.json"),
		JSON.stringify({ terraform: { required_providers: Object.fromEntries(required) } }),
	);
	const { stdout, stderr } = spawnSync(command, ["init", "-no-color"], {
		cwd: folder,
		encoding: "utf8",
		timeout: 60_000,
		env: { ...process.env, TF_CLI_CONFIG_FILE: settings, CHECKPOINT_DISABLE: "1" },
	});
	return stdout + stderr;
}

test("Terraform takes the versions that a constraint is said to admit, and no other", async () => {
	const cases = [...admitted, ...refused];
	const missing = [
		...(await init(cases)).matchAll(
			/Failed to query[\s│]+available[\s│]+provider[\s│]+packages[\s\S]*?test\/p(\d+)/g,
		),
	];
	expect(missing.map(([, index]) => cases[Number(index)]).sort()).toEqual([...refused].sort());
});

test.for(unreadable)("Terraform does not read %j either", async (constraint) => {
	expect(await init([[constraint, "1.2.0"]])).toContain("Invalid version constraint");
});
