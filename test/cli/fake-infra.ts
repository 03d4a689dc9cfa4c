/**
 * The `infra` command on a world that needs no provider: stacks of `terraform_data`, which is built into Terraform.
 * `FAKE_WORLD` holds the arguments of each resource by stack and name, as JSON; `FAKE_SITE` is the name of its site,
 * `FAKE_STATE` where it keeps the state of tier 1, or of tier 0 with encryption, `FAKE_DATABASE` the one of tier 1 beside that
 * of its stacks that `FAKE_TIER_1` names, `FAKE_BLOCKS` what else is in the document of each stack. `FAKE_FORGE` is the address
 * of its forge, `FAKE_KUBECONFIG` the way to its cluster, which is then judged by no rule, `FAKE_REVISION` the revision of its
 * code, `FAKE_VAULT` that of its Vault.
 */
import { TerraformResource } from "cdktf";
import { main } from "../../cli/program.ts";
import { loadChosenSite } from "../../config/load-site.ts";
import type { Site } from "../../config/schema/site.ts";
import type { SiteChoice } from "../../config/site-choice.js";
import type { StackDeclaration } from "../../stacks/declaration.ts";
import { InfraApp } from "../../stacks/infra-app.ts";
import { InfraStack } from "../../stacks/infra-stack.ts";

type FakeWorld = Record<string, Record<string, Record<string, unknown>>>;

/** The compact schemas hold only types that the project uses, and the fake stacks serve no endpoint. */
class FakeApp extends InfraApp {
	override check() {
		const { documents, findings } = super.check();
		return {
			documents,
			// What a test runs in a cluster of its own is there for its state alone.
			findings: (process.env.FAKE_KUBECONFIG ? [] : findings).filter(
				({ rule }) => rule !== "schema" && rule !== "endpoint-produced",
			),
		};
	}
}

const { FAKE_STATE = "{}", FAKE_DATABASE, FAKE_TIER_1 = "" } = process.env;
const state = JSON.parse(FAKE_STATE);
const inDatabase = FAKE_TIER_1.split(",");
const encrypted = state.kind === "encrypted";

const world: FakeWorld = JSON.parse(process.env.FAKE_WORLD ?? "{}");
const blocks: FakeWorld = JSON.parse(process.env.FAKE_BLOCKS ?? "{}");
const stacks = Object.entries(world).map(([name, resources]): StackDeclaration => {
	const declaration: StackDeclaration = {
		name,
		purpose: `Fake ${name}`,
		stateTier: encrypted && !inDatabase.includes(name) ? 0 : 1,
		build: (app) => {
			const stack = new InfraStack(app, declaration);
			for (const [id, values] of Object.entries(resources)) {
				const resource = new TerraformResource(stack, id, { terraformResourceType: "terraform_data" });
				for (const [key, value] of Object.entries(values)) resource.addOverride(key, value);
			}
			for (const [key, value] of Object.entries(blocks[declaration.name] ?? {}))
				stack.addOverride(key, value);
			return stack;
		},
	};
	return declaration;
});

async function loadFake(choice: SiteChoice) {
	const lab = await loadChosenSite({ ...choice, site: "lab" });
	const { FAKE_SITE: name = lab.name, FAKE_VAULT: address } = process.env;
	const own: Partial<Site["state"]> =
		state.kind === undefined ? {} : encrypted ? { tier0: state } : { tier1: state };
	// Without an address, Vault is not there yet.
	const vault = { ...lab.vault, ...(address ? { address } : encrypted && { phase: "server" as const }) };
	const { FAKE_FORGE: url } = process.env;
	const woodpecker = url
		? { ...lab.woodpecker, forge: { kind: "forgejo" as const, url }, infrastructureRepository: "team/infra" }
		: lab.woodpecker;
	const database: Partial<Site["state"]> =
		FAKE_DATABASE === undefined ? {} : { tier1: JSON.parse(FAKE_DATABASE) };
	const { FAKE_KUBECONFIG: kubeconfig = lab.cluster.kubeconfig } = process.env;
	const cluster = { ...lab.cluster, kubeconfig };
	return { ...lab, name, cluster, state: { ...lab.state, ...own, ...database }, vault, woodpecker };
}

await main((choice) => ({
	catalogue: stacks,
	choice,
	loadSite: () => loadFake(choice()),
	openApp: async () => new FakeApp({ site: await loadFake(choice()), stacks, outdir: choice().outdir ?? "" }),
	revision: async () => process.env.FAKE_REVISION,
}));
