import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import home from "../../../config/sites/home.ts";
import lab from "../../../config/sites/lab.ts";
import { mailEnvironment } from "../../../constructs/mail/environment.ts";
import { imageEnvironments, ownPrefix } from "../../../constructs/mail/image-environment.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { at, testApp } from "../../synth.ts";

const stacks = await loadStacks();

const sites = [parseSite(home), parseSite(lab)];
const image = new URL("../../e2e/mail/image/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, image), "utf8");

/** Of the version that both sites run. */
const known = (() => {
	const [repository = "", version = ""] = sites[0]?.mail.image.replace("docker.io/", "").split(":") ?? [];
	return imageEnvironments.get(repository)?.get(version);
})();

test("no image reads a name with the prefix of our own", () => {
	for (const versions of imageEnvironments.values())
		for (const { settings, superseded } of versions.values())
			for (const name of [...settings, ...superseded.keys()]) expect(name).not.toMatch(`^${ownPrefix}`);
});

describe.each(sites)("the mail pod of $name", (site) => {
	test("gets the settings that were decided on, and beside them nothing but variables of our own", async () => {
		const app = await testApp(
			stacks.filter(({ name }) => name === "mailserver"),
			site,
		);
		const server = app
			.check()
			.documents[0]?.resources.find(({ path }) => path === "mailserver/server/deployment/Resource");
		if (server === undefined) throw new Error("there is no mail server");
		const names = (at(server, "spec.template.spec.container.0.env") as { name: string }[]).map(
			({ name }) => name,
		);
		const settings = Object.keys(mailEnvironment(site, ""));
		expect(names.filter((name) => !name.startsWith(ownPrefix))).toEqual(settings);
		expect(settings.filter((name) => !known?.settings.has(name))).toEqual([]);
	});
});

describe("the image's stand-in", () => {
	const variables = read("variables")
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"))
		.map((line) => line.replace(/=.*/, ""));

	test("knows no variable that the image does not", () => {
		expect(variables.filter((name) => !known?.settings.has(name) && !known?.superseded.has(name))).toEqual(
			[],
		);
	});

	test("knows what the image would read in a setting's place", () => {
		expect(variables).toEqual(expect.arrayContaining(["RELAY_HOST", "RELAY_PORT"]));
	});

	test("uses no variable but those, and its own", () => {
		const scripts = readdirSync(image).filter((name) => /\.(sh|py|conf|cf|inc)$/.test(name));
		const used = scripts.flatMap((name) => read(name).match(/(?<=\$\{?|^\w+ = \{)[A-Z][A-Z_]+/gm) ?? []);
		expect(used).not.toEqual([]);
		expect(used.filter((name) => !/^STANDIN_/.test(name) && !variables.includes(name))).toEqual([]);
	});
});
