import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { loadSite } from "../../config/load-site.ts";
import { loadStacks } from "../../stacks/catalogue.ts";
import { at, temporaryFolder, testApp } from "../synth.ts";

const run = promisify(execFile);

test("whatever is in the webmail's database password, Roundcube reads it out of the URL that the image makes", async (context) => {
	const there = await run("terraform", ["version"]).then(
		() => true,
		() => false,
	);
	context.skip(!there, "not installed: terraform on the PATH enables it");
	const stacks = (await loadStacks()).filter(({ name }) => name === "mailserver");
	const { documents } = (await testApp(stacks, await loadSite("lab"))).check();
	const secret = documents[0]?.resources.find(({ path }) => path === "mailserver/webmail/secret/Resource");
	if (secret === undefined) throw new Error("the webmail has no secret");
	const expression = String(at(secret, "data_wo.roundcube_db_password"));
	const password = "a'b \"%41+@/:#?&=\\$~*ü";
	const folder = temporaryFolder();
	const value = expression.replace(/ephemeral\.\w+\.\w+\.data\["\w+"\]/, "var.password");
	writeFileSync(
		join(folder, "main.tf.json"),
		JSON.stringify({
			variable: { password: {} },
			output: { encoded: { value } },
		}),
	);
	const terraform = async (...args: string[]) =>
		(await run("terraform", args, { cwd: folder, env: { ...process.env, TF_VAR_password: password } }))
			.stdout;
	await terraform("apply", "-auto-approve", "-no-color");
	const encoded = await terraform("output", "-raw", "encoded");
	expect(encoded).toMatch(/^[\w.~%-]+$/);
	// As PHP's rawurldecode(), which Roundcube uses: a plus sign is itself.
	expect(decodeURIComponent(encoded)).toBe(password);
});
