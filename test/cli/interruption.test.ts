import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { infra } from "./infra-process.ts";

/** A program that stands in for Terraform: it notes each signal, and ends at none. */
const deaf = `#!/bin/sh
[ "$1" = version ] && echo "Terraform v1.11.0" && exit
trap 'echo INT >> "$SIGNALS"' INT
echo "ready"
while :; do sleep 0.1; done
`;

test("a signal is passed on once, and a second one ends what does not listen", async () => {
	const folder = mkdtempSync(join(tmpdir(), "infra-deaf-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const [program, signals] = [join(folder, "deaf-terraform"), join(folder, "signals")];
	writeFileSync(program, deaf);
	chmodSync(program, 0o700);
	const { code, stderr } = await infra(["plan", "--verbose"], {
		program: "test/cli/fake-infra.ts",
		env: {
			CDKTF_OUTDIR: join(folder, "out"),
			FAKE_WORLD: '{"storage":{"a":{}}}',
			TERRAFORM_BINARY_NAME: program,
			SIGNALS: signals,
		},
		onOutput: (stdout, child) => {
			if (!stdout.includes("ready") || child.killed) return;
			child.kill("SIGINT");
			// Two that nobody has taken yet are one: the others follow once it says that it has the first.
			child.stderr?.once("data", () => {
				// npm and the terminal may both pass on one keystroke: this one must not count.
				child.kill("SIGINT");
				setTimeout(() => child.kill("SIGINT"), 1_000);
			});
		},
	});
	expect({ code, stderr, signals: readFileSync(signals, "utf8") }).toEqual({
		code: 130,
		stderr:
			"stopping: waiting for terraform init of stack storage to end in order; another Ctrl-C ends it at once, " +
			"and what it has begun may be lost from the state\nerror: interrupted\n",
		signals: "INT\n",
	});
});
