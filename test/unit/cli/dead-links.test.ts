import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { deadLinks } from "../../../cli/docs/dead-links.ts";

function repositoryWith(files: Readonly<Record<string, string>>): string {
	const root = mkdtempSync(join(tmpdir(), "infra-links-"));
	onTestFinished(() => rmSync(root, { recursive: true }));
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(root, name)), { recursive: true });
		writeFileSync(join(root, name), text);
	}
	return root;
}

/** Dead links as `page target`. */
const dead = async (files: Readonly<Record<string, string>>) =>
	(await deadLinks(repositoryWith(files))).map(({ page, target }) => `${page} ${target}`).sort();

const mail = "# Mail runbook\n\n## Restore `mail`, all of it\n\n## Alerts\n\n## Alerts\n";

test("a link to a file that is not there is dead, on every page", async () => {
	expect(
		await dead({
			"README.md": "[a](docs/none.md) ![b](none.png) [c](docs)",
			"docs/runbooks/mail.md": "[a](mailserver.md) [b](../reference/mail.md) [c][ref]\n\n[ref]: gone.md\n",
			"docs/reference/mail.md": "| a |\n| --- |\n| [x](../runbooks/mailserver.md) |\n",
		}),
	).toEqual([
		"README.md docs/none.md",
		"README.md none.png",
		"docs/reference/mail.md ../runbooks/mailserver.md",
		"docs/runbooks/mail.md gone.md",
		"docs/runbooks/mail.md mailserver.md",
	]);
});

test("an anchor that no heading makes is dead, of another page and of the same", async () => {
	expect(
		await dead({
			"docs/runbooks/mail.md": `${mail}[a](#alerts) [b](#alerts-1) [c](#alerts-2) [d](#restore-mail-all-of-it)`,
			"docs/a.md":
				"[a](runbooks/mail.md#restore-mail) [b](runbooks/mail.md#restore-mail-all-of-it) [c](../config/x.ts#l1)",
			"config/x.ts": "",
		}),
	).toEqual([
		"docs/a.md ../config/x.ts#l1",
		"docs/a.md runbooks/mail.md#restore-mail",
		"docs/runbooks/mail.md #alerts-2",
	]);
});

test("a comment that cites a page or a heading which is not there is dead", async () => {
	expect(
		await dead({
			"docs/runbooks/mail.md": mail,
			"constructs/mail/x.ts":
				"// docs/runbooks/mail.md#alerts docs/runbooks/mail.md#restore docs/reference/mail.md, docs/hosts.md of another project",
		}),
	).toEqual([
		"constructs/mail/x.ts docs/reference/mail.md",
		"constructs/mail/x.ts docs/runbooks/mail.md#restore",
	]);
});

test("what is code, and what leads elsewhere, is no link of the repository", async () => {
	expect(
		await dead({
			"README.md":
				"`[a](none.md)`\n\n```sh\n[b](none.md)\n```\n\n[c](https://example.org/none.md) [d](mailto:a@example.org)",
		}),
	).toEqual([]);
});

test("a link out of the repository is dead wherever it leads", async () => {
	expect(await dead({ "README.md": "[a](../)" })).toEqual(["README.md ../"]);
});

test("no page of this repository has a dead link", async () => {
	expect(await deadLinks()).toEqual([]);
});
