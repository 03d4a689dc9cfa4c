import { expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import people from "../../../config/registry/lab.json" with { type: "json" };
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import home from "../../../config/sites/home.ts";
import lab from "../../../config/sites/lab.ts";
import { reachChanges } from "../../../review/reach/reach.ts";
import { canonical } from "../../../review/record.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { readDocument, type World } from "../../../world/world.ts";
import { mergePatch } from "../../merge-patch.ts";
import { testApp } from "../../synth.ts";

const stacks = await loadStacks();
const sites = { home, lab };

/** A site with an edit of its configuration, and one of the registry. */
async function edited(name: keyof typeof sites, config: object = {}, registry: object = {}): Promise<World> {
	const site = parseSite(mergePatch(sites[name], config));
	const entries = JSON.stringify(mergePatch(people, registry));
	const users = parseRegistry(entries, "registry", Object.keys(site.virtualHosts));
	return { site, stacks: (await testApp(stacks, site, users)).check().documents };
}

const known = new Map<string, World>();

/** What an edit changes at a site. */
async function changes(name: keyof typeof sites, config: object, registry: object = {}) {
	const reference = known.get(name) ?? (await edited(name));
	known.set(name, reference);
	const { gained, lost } = reachChanges(reference, await edited(name, config, registry));
	return {
		gained: gained.map(({ risk, sentence }) => `${risk}: ${sentence}`),
		lost: lost.map(({ sentence }) => sentence),
	};
}

test("a new owner gets their own, and what leads to it", async () => {
	const zed = { role: "namespace-owner", email: "z@example.com", namespaces: ["zed"], domains: ["zoo"] };
	expect(await changes("home", {}, { zed })).toEqual({
		gained: [
			"public: the Internet may reach https://zoo.viktorbarzin.me, whatever serves it in the cluster",
			"cluster: service account vault/vault may bind roles in every namespace, only zed-deployer",
			"secrets: members of group sops-zed may decrypt with key sops-state-zed",
			"escalation: tokens of Vault's role zed-deployer may change images of Deployments in namespace zed",
			"escalation: user zed may change network policies and Secrets of namespace zed",
			"escalation: user zed may connect to and open a shell in pods of namespace zed",
			"escalation: user zed may get tokens of and impersonate service accounts of namespace zed",
			"escalation: user zed may pass on its rights and run pods in namespace zed",
			"escalation: user zed may publish hosts from namespace zed",
			"escalation: user zed may read logs of namespace zed",
			"own-secrets: service account zed/secrets-reader may read secret/zed and secret/zed/*",
			"own-secrets: user zed may decrypt with key sops-state-zed",
			"own-secrets: user zed may delete, list, read, restore, see versions of and write secret/zed and secret/zed/*",
			"own-secrets: user zed may read Secrets of namespace zed",
			"network: pods of namespace traefik may connect to pods of namespace zed",
			"network: pods of namespace zed may connect to pods of namespace kube-system at TCP 53, pods of namespace kube-system at UDP 53, pods of namespace zed and the Internet",
			"change: members of group sops-zed and user zed may encrypt with key sops-state-zed",
			"change: user zed may get tokens of Vault's role zed-deployer",
			"change: user zed may use the other rights of ClusterRole admin in namespace zed",
			"look: members of group sops-zed and user zed may read transit/keys/sops-state-zed of Vault",
			"look: tokens of Vault's role zed-deployer may get and list pods in namespace zed",
			"look: tokens of Vault's role zed-deployer may get, list and watch deployments.apps and replicasets.apps in namespace zed",
			"look: user zed may get, list and watch ingressclasses.networking.k8s.io, namespaces, nodes, priorityclasses.scheduling.k8s.io and storageclasses.storage.k8s.io in the whole cluster",
		],
		lost: [],
	});
}, 60_000);

test("edits of the site say what each opens, and nothing else", async () => {
	const config = {
		platform: {
			externalHosts: { grafana: { address: "203.0.113.30", ttl: 3600 } },
			policyEngine: { exemptions: { privileged: ["frigate", "nvidia", "monitoring", "redis"] } },
		},
		redis: { consumers: { forum: { namespace: "forum", entryPoint: "master" } } },
		virtualHosts: { ci: { records: "none" } },
		vault: { readers: { "openclaw-k8s": ["openclaw", "traefik"] } },
		woodpecker: { administrators: ["operator", "eve"] },
	};
	const registry = { alice: { ci_admin: true }, erin: { role: "admin", email: "e@example.com" } };
	expect(await changes("home", config, registry)).toEqual({
		gained: [
			"public: the Internet may reach grafana.viktorbarzin.me at 203.0.113.30",
			"cluster: CI user alice and eve may administer CI: every repository, pipeline and secret",
			"cluster: user e@example.com may do everything in the cluster",
			"secrets: service account openclaw/openclaw may read secret/traefik, secret/traefik/* and secret/traefik/acme",
			"escalation: pods of namespace redis may ignore policy debug-containers (containers must not be privileged)",
			"escalation: pods of namespace redis may ignore policy deny-privileged-containers (containers must not be privileged)",
			"network: pods of namespace forum may connect to pods of redis/redis-haproxy at TCP 6379 and 26379",
		],
		lost: ["the Internet may no longer reach https://ci.viktorbarzin.me"],
	});
}, 60_000);

test("an owner who is removed leaves secrets that nobody gains", async () => {
	const { gained, lost } = await changes("home", {}, { bob: null });
	expect(gained).toEqual([]);
	expect(lost).toContain("user bob may no longer read Secrets of namespace bob");
	expect(lost).toContain("service account bob/secrets-reader may no longer read secret/bob and secret/bob/*");
}, 60_000);

test("the lab gains what an edit opens there, and a world that is built again nothing", async () => {
	expect(await changes("lab", {})).toEqual({ gained: [], lost: [] });
	expect(await changes("lab", { woodpecker: { administrators: ["operator", "eve"] } })).toEqual({
		gained: ["cluster: CI user eve may administer CI: every repository, pipeline and secret"],
		lost: [],
	});
}, 60_000);

test("a world that is read from its files is the same", async () => {
	const written = await edited("home");
	const stacks = written.stacks.map(({ stack, json, endpoints }) =>
		readDocument(stack, JSON.parse(canonical(json)), endpoints),
	);
	expect(reachChanges({ ...written, stacks }, written)).toEqual({ gained: [], lost: [] });
}, 60_000);
