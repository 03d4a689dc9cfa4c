import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { besideTerraform } from "../../../cli/affected/beside-terraform.ts";
import { changedParts } from "../../../cli/affected/comparison.ts";
import { proposalPaths, writeProposal } from "../../../cli/proposal/proposal.ts";
import { readBeside } from "../../../cli/proposal/read-beside.ts";
import { readDocuments } from "../../../cli/proposal/read-documents.ts";
import { synthProposal } from "../../../cli/proposal/synth-proposal.ts";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { needs } from "../harness/needs.ts";
import { roomsAreClosed } from "./rooms-are-closed.ts";

const ready = needs("bwrap");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-own-tree-`));
afterAll(() => rmSync(folder, { recursive: true }));

/** A proposal that changes nothing. */
function unchanged(name: string): string {
	const proposal = join(folder, name);
	const { tree, registry } = proposalPaths(proposal);
	const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: projectRoot });
	for (const file of listed.toString().split("\n").filter(Boolean)) {
		if (!existsSync(join(projectRoot, file))) continue;
		mkdirSync(dirname(join(tree, file)), { recursive: true });
		cpSync(join(projectRoot, file), join(tree, file));
	}
	// `home` keeps its registry in Vault, and the people of the lab fit both.
	cpSync(join(projectRoot, "config/registry/lab.json"), registry);
	writeProposal(proposal, { number: 1, commit: "c0ffee", description: "" });
	return proposal;
}

test.for(["lab", "home"])(
	"the project's own tree, unchanged, differs in nothing at site %s",
	async (name, { skip }) => {
		skip(!ready || roomsAreClosed(), "user namespaces: a machine that lets users make them enables it");
		const proposal = unchanged(name);
		expect(await synthProposal(proposal, name)).toBe("built");
		const site = await loadSite(name);
		const registry = await loadRegistry(await loadSite("lab"));
		const outdir = join(projectRoot, "cdktf.out");
		const { documents: base } = new InfraApp({ site, registry, stacks: await loadStacks(), outdir }).check();
		const { documents, beside } = proposalPaths(proposal);
		const read = readDocuments(join(documents, "stacks"), base);
		expect(Object.fromEntries(read.map(({ stack, json }) => [stack, json]))).toEqual(
			JSON.parse(JSON.stringify(Object.fromEntries(base.map(({ stack, json }) => [stack, json])))),
		);
		expect(changedParts(besideTerraform(site), readBeside(beside))).toEqual({});
	},
);
