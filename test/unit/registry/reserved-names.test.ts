import { expect, test } from "vitest";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { hostLabels, stackNames } from "../../../config/schema/reserved-names.ts";
import { catalogue, loadStacks } from "../../../stacks/catalogue.ts";
import { at, testApp } from "../../synth.ts";

const stacks = await loadStacks();

const unreserved = "add it to stackNames in config/schema/reserved-names.ts";

test("no tenant can be called like a stack", () => {
	const free = catalogue.map(({ name }) => name).filter((name) => !stackNames.has(name));
	expect(free, unreserved).toEqual([]);
});

test.for(["lab", "home"])("no tenant can take a namespace that a stack of %s makes", async (name) => {
	const site = await loadSite(name);
	const tenants = await loadRegistry(await loadSite("lab"));
	const { documents } = (await testApp(stacks, site, tenants)).check();
	const made = documents.flatMap(({ resources }) =>
		resources
			.filter(({ type }) => type === "kubernetes_namespace_v1")
			.map((resource) => String(at(resource, "metadata.name"))),
	);
	const own = new Set(tenants.namespaces.map((namespace) => namespace.name));
	expect(made).toEqual(expect.arrayContaining(["redis", ...own]));
	const takes = (namespace: string) => {
		const zed = { role: "namespace-owner", email: "z@example.com", namespaces: [namespace] };
		try {
			return parseRegistry(JSON.stringify({ zed })).namespaces.length === 1;
		} catch {
			return false;
		}
	};
	expect(takes("zed")).toBe(true);
	expect(
		made.filter((namespace) => !own.has(namespace) && takes(namespace)),
		unreserved,
	).toEqual([]);
});

test("no tenant can take the host of an endpoint that the site serves below its domain", async () => {
	const { network, virtualHosts, endpoints } = await loadSite("home");
	const taken = Object.values(endpoints).flatMap(({ host }) =>
		host.endsWith(`.${network.domain}`) ? [host.slice(0, -network.domain.length - 1)] : [],
	);
	expect(taken.filter((label) => !hostLabels.has(label) && !Object.hasOwn(virtualHosts, label))).toEqual([]);
});
