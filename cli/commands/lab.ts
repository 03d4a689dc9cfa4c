import { Command } from "@commander-js/extra-typings";
import type { OpenSite } from "../../lab/apply.ts";
import type { Lab } from "../../lab/lab-state.ts";
import type { Product } from "../../lab/products/product.ts";
import { productFacts, productNames } from "../../lab/products/product-facts.ts";
import { print, printJson } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { examples } from "./examples.ts";
import { loseCommand, valuesCommand } from "./lab-bare.ts";

const facts = Object.entries(productFacts);
const unasked = facts.filter(([, { byDefault }]) => byDefault).map(([name]) => name);

/** A list of products, refused before anything is loaded. */
function checked(list: string): string {
	productNames(list);
	return list;
}

export function labCommand(openSite: OpenSite) {
	return new Command("lab")
		.description("a real control plane, Vault and PostgreSQL on loopback, to apply the stacks to")
		.addHelpText(
			"after",
			examples(
				["infra lab up", "start it; twice is no harm"],
				["infra lab apply", "apply the stacks to it"],
				["infra lab shell", "kubectl, vault and infra in it"],
				["infra lab down", "stop it, and leave nothing"],
			),
		)
		.addCommand(upCommand())
		.addCommand(statusCommand())
		.addCommand(applyCommand(openSite))
		.addCommand(verifyCommand(openSite))
		.addCommand(shellCommand())
		.addCommand(valuesCommand(openSite))
		.addCommand(loseCommand())
		.addCommand(downCommand())
		.addCommand(buildCommand());
}

/** How many nodes are to run containers. */
function countOfNodes(text: string): number {
	if (!/^[1-5]$/.test(text))
		throw new UsageError(
			`--node ${text}: a lab has 1 to 5 nodes that run containers`,
			"--node alone means 1",
		);
	return Number(text);
}

/** Says which images nodes have, and what their files are. */
function printImages({ nodes }: Lab): void {
	if (nodes.names.length === 0) return;
	print(`${nodes.names.join(", ")} run containers of`);
	for (const { image, source } of nodes.images) print(`  ${image.padEnd(52)} ${source}`);
	print("pods with another image are simulated");
}

function upCommand() {
	return new Command("up")
		.description(
			"start the control plane, simulated nodes, the Vault-compatible server, PostgreSQL, a DNS API and products",
		)
		.option(
			"--with <products>",
			`products to run, with commas between them, "all" or "none" (default: those of ${unasked.join(", ")} that are here)`,
			checked,
		)
		.option(
			"--node [number]",
			"as well nodes that run containers: 1, or this many, up to 5; takes root",
			countOfNodes,
		)
		.option("--bare", "Vault begins with nothing, states are kept encrypted: for infra bootstrap")
		.addHelpText(
			"after",
			`\nProducts:\n${facts.map(([name, { summary }]) => `  ${name.padEnd(20)}${summary}`).join("\n")}\n${examples(
				["infra lab up", "everything on 127.0.0.1, all files in .lab"],
				["infra lab up --with external-secrets,kyverno", "with operators, as their charts install them"],
				["infra lab up --node 3", "with three nodes that run containers"],
			)}`,
		)
		.action(async ({ with: wanted, node = 0, bare = false }) => {
			const [{ up }, { productsNamed }] = await Promise.all([
				import("../../lab/up.ts"),
				import("../../lab/products/products.ts"),
			]);
			const start = performance.now();
			const lab = await up(
				(what, milliseconds) => print(`${what.padEnd(29)} ready after ${(milliseconds / 1000).toFixed(1)} s`),
				wanted === undefined ? undefined : productsNamed(wanted),
				{ nodes: node === true ? 1 : node, bare },
			);
			print(
				`the lab runs (${((performance.now() - start) / 1000).toFixed(1)} s): API server ${lab.host}, Vault ${lab.vaultAddress}`,
			);
			print(`products: ${lab.products.join(", ") || "none"}`);
			printImages(lab);
			if (lab.dns === undefined)
				print("Terraform cannot install the provider cloudflare: this lab has no zone, and makes no record");
		});
}

function statusCommand() {
	return new Command("status")
		.description("list the programs of the lab; ends with 1 when one of them is not running")
		.option("--json", "print it as JSON")
		.action(async ({ json = false }) => {
			const [{ readLab, readProcesses }, { isRunning }, { lackedBy }, { table }] = await Promise.all([
				import("../../lab/lab-state.ts"),
				import("../../lab/lab-process.ts"),
				import("../../lab/requirements.ts"),
				import("../../terminal/table.ts"),
			]);
			const processes = readProcesses().map((process) => ({ ...process, running: isRunning(process) }));
			if (json) printJson(processes);
			else if (processes.length === 0) print("there is no lab: infra lab up starts one");
			else {
				print(
					table(
						["program", "process", "state", "file"],
						processes.map(({ name, pid, running, file }) => [
							name,
							String(pid),
							running ? "running" : "ended",
							file,
						]),
					),
				);
				const { products } = await import("../../lab/products/products.ts");
				const lab = readLab();
				const { products: running = [] } = lab ?? {};
				const state = (product: Product) => {
					if (running.includes(product.name)) return "runs";
					const lacked = lackedBy(product);
					return lacked.length === 0 ? "does not run" : `lacks ${lacked.join(", ")}`;
				};
				print(
					`\n${table(
						["product", "state"],
						products.map((product) => [product.name, state(product)]),
					)}`,
				);
				if (lab !== undefined) printImages(lab);
			}
			if (processes.length === 0 || processes.some(({ running }) => !running)) process.exitCode = 1;
		});
}

function applyCommand(openSite: OpenSite) {
	return new Command("apply")
		.description("apply stacks to the lab with the real providers, without a question")
		.argument("[stack...]", "stacks to apply; all of them when none is named")
		.addHelpText(
			"after",
			examples(["infra lab apply vault", "one stack; what it reads from Vault is made up first"]),
		)
		.action(async (names) => {
			const { applyToLab } = await import("../../lab/apply.ts");
			await applyToLab(openSite, names);
		});
}

function verifyCommand(openSite: OpenSite) {
	return new Command("verify")
		.description("look from outside at what was applied; ends with 1 when a claim does not hold")
		.option("--json", "print the claims as JSON")
		.addHelpText(
			"after",
			examples(["infra lab verify", "empty second plans, no secret left behind, logins, records, pods"]),
		)
		.action(async ({ json = false }) => {
			const [{ verify }, { isInShell }, { labShell }, { styleText }] = await Promise.all([
				import("../../lab/verify.ts"),
				import("../../lab/login.ts"),
				import("../../lab/shell.ts"),
				import("node:util"),
			]);
			if (!isInShell()) {
				process.exitCode = await labShell([process.execPath, ...process.argv.slice(1)]);
				return;
			}
			const verdicts = await verify(openSite);
			if (json) printJson(verdicts);
			else
				for (const { claim, problem } of verdicts)
					print(
						problem === ""
							? `${styleText("green", "✓")} ${claim}`
							: `${styleText("red", "✗")} ${claim}: ${problem}`,
					);
			if (verdicts.some(({ problem }) => problem !== "")) process.exitCode = 1;
		});
}

function shellCommand() {
	return new Command("shell")
		.description("start a shell in which kubectl, vault, psql, terraform and infra work on the lab")
		.argument("[command...]", "run this instead, and end with its exit code")
		.addHelpText("after", examples(["infra lab shell -- kubectl get pods -A", "one command"]))
		.action(async (command) => {
			const { labShell } = await import("../../lab/shell.ts");
			process.exitCode = await labShell(command);
		});
}

function downCommand() {
	return new Command("down")
		.description("stop every program of the lab and remove what it made, its states included")
		.action(async () => {
			const { down } = await import("../../lab/down.ts");
			const left = await down();
			print(left === undefined ? "there was no lab" : "the lab is gone");
			if (left !== undefined && left.length > 0)
				print(`left in its folder, for the lab did not make it: ${left.join(", ")}`);
		});
}

function buildCommand() {
	return new Command("build")
		.description("build what the lab lacks from tools/ into the cache; the first time takes half an hour")
		.argument("[product...]", "as well the programs of these products")
		.option("--list", "only say which programs are here, and where")
		.option("--node", "as well the programs of nodes that run containers")
		.option("--all", "as well every product, and what only tests run")
		.addHelpText(
			"after",
			examples(
				["infra lab build --list", "what up would start"],
				["infra lab build kyverno", "what up --with kyverno would start"],
				["infra lab build --all", "what only tests run beside it: another two hours"],
			),
		)
		.action(async (names, { list = false, node = false, all = false }) => {
			const [
				{ labPrograms, nodePrograms, furtherPrograms, missingOf },
				{ findProgram },
				{ build, origin },
				{ table },
				{ programCache },
				{ productsNamed },
			] = await Promise.all([
				import("../../lab/needed-programs.ts"),
				import("../../lab/find-program.ts"),
				import("../../lab/build.ts"),
				import("../../terminal/table.ts"),
				import("../../clients/host/program-cache.ts"),
				import("../../lab/products/products.ts"),
			]);
			const ofProducts = names.flatMap(productsNamed).flatMap((product) => product.programs);
			const more = new Set([...ofProducts, ...(node ? nodePrograms : [])]);
			const programs = [...labPrograms, ...(all ? furtherPrograms : more)];
			const missing = list
				? missingOf(programs)
				: await build(programs, {
						begun: (name, wanted) => print(`${name} ${wanted}: building`),
						done: (name, milliseconds) => print(`${name}: ${Math.round(milliseconds / 1000)} s`),
					});
			print(
				table(
					["program", "comes from", "found"],
					programs.map((program) => [
						program.names.join(" or "),
						origin(program),
						findProgram(...program.names) ?? "missing",
					]),
				),
			);
			if (missing.length === 0) return;
			print(
				`\nput ${missing.join(", ")} on PATH, into the folder of KUBEBUILDER_ASSETS, or into ${programCache}`,
			);
			process.exitCode = 1;
		});
}
