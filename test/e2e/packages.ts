import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { tools } from "../../cli/doctor/tools.ts";

declare module "vitest" {
	interface ProvidedContext {
		/** Debian package by command, of the commands that tests may use and this machine lacks. */
		missingPackages: Record<string, string>;
	}
}

/**
 * Runs once before the end-to-end tests: installs the Debian packages they need where that is possible, else
 * tells the tests what is missing, so that each can skip with a reason.
 */
export default async function setup(project: TestProject): Promise<void> {
	project.provide("missingPackages", await installMissing());
}

/** As a program it only installs: for tests that will run without root. */
if (import.meta.main) await installMissing();

/** @returns what is missing still: Debian package by command */
async function installMissing(): Promise<Record<string, string>> {
	const missing = missingPackages();
	const packages = [...new Set(Object.values(missing))];
	if (packages.length > 0 && process.getuid?.() === 0 && isInstalled("apt-get")) {
		process.stderr.write(`Installing, once, what the end-to-end tests run: ${packages.join(" ")}\n`);
		try {
			await promisify(execFile)(join(import.meta.dirname, "install-packages.sh"), packages);
		} catch (error) {
			process.stderr.write(
				`Could not install all of it: ${lastLine((error as { stderr?: string }).stderr)}\n`,
			);
		}
		return missingPackages();
	}
	return missing;
}

function missingPackages(): Record<string, string> {
	return Object.fromEntries(
		tools.flatMap(({ commands, debianPackage }) =>
			debianPackage === undefined || commands.some(isInstalled) ? [] : [[commands[0], debianPackage]],
		),
	);
}

function isInstalled(command: string): boolean {
	return (process.env.PATH ?? "").split(delimiter).some((folder) => {
		try {
			// A path of its own stays what it is.
			accessSync(resolve(folder, command), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}

function lastLine(text = ""): string {
	return text.trimEnd().split("\n").at(-1) ?? "";
}
