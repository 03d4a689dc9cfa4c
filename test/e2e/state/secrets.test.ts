import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { editSecrets, rotateSecrets, secretsOf } from "../../../cli/secrets/change-secrets.ts";
import { findClearText } from "../../../cli/secrets/check-tree.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { newAgeKey } from "../../../lab/age-key.ts";
import { filesBelow, filesWith } from "../harness/files-with.ts";
import { missing, sops } from "./encrypted-project.ts";

beforeEach(({ skip }) => skip(missing !== "", missing));

/** A repository with an owner who has a key of age, and an editor that writes a text. */
function repository() {
	const root = mkdtempSync(join(tmpdir(), "infra-secrets-"));
	const memory = mkdtempSync("/dev/shm/infra-secrets-");
	onTestFinished(() => {
		vi.unstubAllEnvs();
		for (const path of [root, memory]) rmSync(path, { recursive: true, force: true });
	});
	execFileSync("git", ["init", "-q", root]);
	const key = newAgeKey();
	const keys = join(memory, "keys.txt");
	writeFileSync(keys, key.identity);
	vi.stubEnv("SOPS_AGE_KEY_FILE", keys);
	vi.stubEnv("INFRA_MEMORY", memory);
	// Whoever has it set must not get to read what is encrypted here.
	vi.stubEnv("SOPS_AGE_RECIPIENTS", newAgeKey().recipient);
	const home = { folder: "secrets/home", states: "state/stacks", recipients: [key.recipient] };
	const edit = (name: string, text: string, site = home) => {
		const editor = join(memory, "editor.sh");
		const trace = join(memory, "edited");
		writeFileSync(editor, `#!/bin/sh\nprintf %s "$1" >${trace}\ncat >"$1" <<'EOF'\n${text}EOF\n`);
		chmodSync(editor, 0o700);
		vi.stubEnv("SOPS_EDITOR", editor);
		return editSecrets(name, site, root).then(() => readFileSync(trace, "utf8"));
	};
	const write = (name: string, text: string) => {
		mkdirSync(join(root, name, ".."), { recursive: true });
		writeFileSync(join(root, name), text);
	};
	const opened = (name: string) => execFileSync(sops ?? "sops", ["decrypt", join(root, name)]).toString();
	return { root, memory, key, keys, home, edit, write, opened, found: () => findClearText(root, home) };
}

test("a secret is edited in memory, and is for the keys of the site alone", async () => {
	const { root, memory, edit, opened, found } = repository();
	const edited = await edit("providers.yaml", "token: made-up-for-a-test\n");
	expect(edited.startsWith(memory)).toBe(true);
	expect(existsSync(edited)).toBe(false);
	expect(opened("secrets/home/providers.yaml")).toBe("token: made-up-for-a-test\n");
	expect(filesWith(root, "made-up-for")).toEqual([]);
	expect(found()).toEqual([]);
	await edit("providers.yaml", "token: another\n");
	expect(opened("secrets/home/providers.yaml")).toBe("token: another\n");
});

test("what is in the clear is found, in secrets and outside, before it is committed and after", () => {
	const { root, write, found } = repository();
	const { identity } = newAgeKey();
	const lineage = "00000000-0000-4000-8000-000000000000";
	const state = JSON.stringify({ version: 4, terraform_version: "1.11.4", serial: 1, lineage });
	write("secrets/plain.yaml", "token: made-up\n");
	write(
		"secrets/half.yaml",
		"token: ENC[AES256_GCM,data:x]\nuser: ann\nsops:\n  mac: ENC[AES256_GCM,data:x]\n",
	);
	write("secrets/note.txt", "made-up\n");
	write("secrets/README.md", "what is here\n");
	write("state/stacks/vault/terraform.tfstate.enc", state);
	write("state/stacks/vault/terraform.tfstate", state);
	write("copies/yesterday.json", state);
	write("notes/key.txt", `# public key: age1\n${identity}\n`);
	write("notes/text.md", "AGE-SECRET-KEY-1 begins such a key, and -----BEGIN PRIVATE KEY----- another\n");
	const expected = [
		{ file: "copies/yesterday.json", problem: "a state of Terraform in the clear" },
		{ file: "notes/key.txt", problem: "a private key of age" },
		{ file: "secrets/half.yaml", problem: "user is in the clear" },
		{ file: "secrets/note.txt", problem: "expected a file of SOPS, whose name ends in .yaml, .json or .enc" },
		{ file: "secrets/plain.yaml", problem: "in the clear: this is no file of SOPS" },
		{ file: "state/stacks/vault/terraform.tfstate", problem: "a state or a plan of Terraform in the clear" },
		{ file: "state/stacks/vault/terraform.tfstate.enc", problem: "in the clear: this is no file of SOPS" },
	];
	expect(found().filter(({ problem }) => !/cannot open/.test(problem))).toEqual(expected);
	execFileSync("git", ["-C", root, "add", "-A"]);
	expect(found().filter(({ problem }) => !/cannot open/.test(problem))).toEqual(expected);
});

test("this repository has nothing in the clear", ({ skip }) => {
	skip(!existsSync(join(projectRoot, ".git")), "this is no checkout of git");
	expect(findClearText(projectRoot, undefined)).toEqual([]);
});

test("a key that was taken out opens nothing once the files were rotated, and one that was added does", async () => {
	const { root, keys, key, home, edit, opened } = repository();
	await edit("providers.yaml", "# of the registrar\ntoken: made-up-for-a-test\nport: 1234567890123456789\n");
	const before = opened("secrets/home/providers.yaml");
	const successor = newAgeKey();
	const changed = { ...home, recipients: [successor.recipient] };
	expect(findClearText(root, changed).map(({ problem }) => problem)).toEqual([
		expect.stringContaining(`${successor.recipient} of the site cannot open it`),
		expect.stringContaining(`${key.recipient}, which the site does not name, can open it`),
	]);
	expect(await rotateSecrets(changed, root)).toEqual(["secrets/home/providers.yaml"]);
	expect(findClearText(root, changed)).toEqual([]);
	expect(() => opened("secrets/home/providers.yaml")).toThrow("Group 0: FAILED");
	writeFileSync(keys, successor.identity);
	expect(opened("secrets/home/providers.yaml")).toBe(before);
});

test("of two sites in one checkout, neither reads, writes or judges what the other one keeps", async () => {
	const { root, keys, home, edit, opened, write, found } = repository();
	const other = newAgeKey();
	const away = { folder: "secrets/away", states: "state/away", recipients: [other.recipient] };
	await edit("providers.yaml", "token: made-up-for-home\n");
	writeFileSync(keys, other.identity);
	await edit("providers.yaml", "token: made-up-for-away\n", away);
	expect([found(), findClearText(root, away)]).toEqual([[], []]);
	// Its key opens what is of this site alone.
	const files = () => filesBelow(join(root, "secrets/home")).map((file) => readFileSync(file, "utf8"));
	const before = files();
	expect(await rotateSecrets(away, root)).toEqual(["secrets/away/providers.yaml"]);
	expect(files()).toEqual(before);
	await expect(rotateSecrets(home, root)).rejects.toThrow("Group 0: FAILED");
	expect(opened("secrets/away/providers.yaml")).toBe("token: made-up-for-away\n");
	write("secrets/home/plain.yaml", "token: made-up\n");
	expect(findClearText(root, away)).toEqual([
		{ file: "secrets/home/plain.yaml", problem: "in the clear: this is no file of SOPS" },
	]);
});

test("the folder of a site follows from its name, unless the site says another", () => {
	const tier0 = {
		kind: "encrypted" as const,
		directory: "state/stacks",
		recipients: [newAgeKey().recipient],
	};
	const folderOf = (name: string, more = {}) =>
		secretsOf({ name, state: { tier0: { ...tier0, ...more }, tier1: tier1Local } }).folder;
	expect([folderOf("home"), folderOf("away")]).toEqual(["secrets/home", "secrets/away"]);
	expect(folderOf("home", { secrets: "kept/here" })).toBe("kept/here");
});

const tier1Local = { kind: "local", directory: "state/stacks" } as const;
