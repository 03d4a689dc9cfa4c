import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadSite, siteNames } from "../../../config/load-site.ts";
import { provisionFile } from "../../../constructs/storage/hypervisor/cloud-init/provision.ts";
import { needs } from "../harness/needs.ts";

needs("cloud-init");

const folder = mkdtempSync(join(tmpdir(), "infra-cloud-init-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What cloud-init's own check says about a file, and whether it accepts it. */
function check(text: string): { accepted: boolean; says: string } {
	const file = join(folder, "config.yaml");
	writeFileSync(file, text);
	const { status, stdout, stderr } = spawnSync("cloud-init", ["schema", "--config-file", file], {
		encoding: "utf8",
	});
	return { accepted: status === 0, says: stdout + stderr };
}

describe.for(siteNames)("site %s", (name) => {
	test.for(["plain", "kubernetes-node", "image-registry"] as const)(
		"cloud-init accepts the file of kind %s",
		async (kind) => {
			expect(check(provisionFile(kind, await loadSite(name)))).toEqual({
				accepted: true,
				says: expect.stringMatching(/^Valid cloud-config/),
			});
		},
	);
});

test("cloud-init refuses a file with a wrong type, so the above can fail", () => {
	expect(check("#cloud-config\npackages: 7\n").accepted).toBe(false);
});
