import { expect, test } from "vitest";
import { registryPlace } from "../../clients/vault/load-registry.ts";
import { loadChosenSite, loadSite } from "../../config/load-site.ts";
import { choiceOf, outputFolder } from "../../config/site-choice.js";

const folderOf = (env: NodeJS.ProcessEnv) => outputFolder(choiceOf(env));

test("the default site has the engine's own folder, and every other site its own", () => {
	expect(["", "lab", "home"].map((INFRA_SITE) => folderOf({ INFRA_SITE }))).toEqual([
		"cdktf.out",
		"cdktf.out",
		"cdktf.out.home",
	]);
});

test("sites in files have folders of their own although the files have one name", () => {
	const folders = ["./a/mine.ts", "./b/mine.ts"].map((INFRA_SITE) => folderOf({ INFRA_SITE }));
	expect(folders.every((folder) => /^cdktf\.out\.mine-[0-9a-f]{8}$/.test(folder))).toBe(true);
	expect(new Set(folders).size).toBe(2);
});

test("a folder that was named is taken for every site", () => {
	expect(folderOf({ CDKTF_OUTDIR: "/tmp/out", INFRA_SITE: "home" })).toBe("/tmp/out");
});

test("an empty variable chooses nothing", () => {
	expect(choiceOf({ INFRA_SITE: "", INFRA_REGISTRY: "", CDKTF_OUTDIR: "" })).toEqual(choiceOf({}));
});

test("a file in the place of the registry is no fact of the site: what is synthesised follows its own source", async () => {
	const { registryFile, ...site } = await loadChosenSite({
		site: "home",
		chosenBy: "INFRA_SITE",
		registryFile: "/elsewhere/registry.json",
	});
	expect(site).toEqual(await loadSite("home"));
	expect(registryPlace({ ...site, ...(registryFile && { registryFile }) })).toMatchObject({
		kind: "file",
		file: "/elsewhere/registry.json",
	});
});
