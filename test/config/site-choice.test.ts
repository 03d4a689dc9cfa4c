import { expect, test } from "vitest";
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
