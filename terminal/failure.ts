import { resolve } from "node:path";
import { inspect, stripVTControlCharacters, styleText } from "node:util";
import { ConfigError, type Problem } from "../config/schema/problem.ts";
import { VisibleError } from "../config/schema/visible-error.ts";
import { missingBinding } from "../providers/bindings/missing-binding.ts";
import type { ChangeFinding } from "../review/finding.ts";
import { type Finding, PolicyError } from "../rules/finding.ts";
import { BuildError } from "../stacks/build-error.ts";
import { plural } from "../world/plural.ts";
import { foreignText } from "./foreign-text.ts";
import { Interrupted } from "./interruption.ts";
import { NotWell } from "./not-well.ts";
import { didYouMean } from "./suggestion.ts";
import { type LocatedDiagnostic, type StateLock, TerraformError } from "./terraform-error.ts";
import { UsageError } from "./usage-error.ts";

type Style = Parameters<typeof styleText>[0];

/** Colours for the standard error: none without a terminal or with NO_COLOR. */
const paint = (style: Style, text: string) => styleText(style, text, { stream: process.stderr });

/** Lines shown of the standard error of a failed program. */
const shownLines = 20;

/** Where to report defects. */
const defects = "CONTRIBUTING.md#reporting-a-defect";

export interface FailureOptions {
	/** Show the trace of every error, expected ones included. @default false */
	readonly debug?: boolean;
}

/** Prints an error: what is wrong, where, and what would be right. */
export function printFailure(error: unknown, options?: FailureOptions): void {
	console.error(renderFailure(error, options));
}

/** 130 after an interruption, as of a shell; that of the error where it has one; 1 otherwise. */
export function exitCodeOf(error: unknown): number {
	if (error instanceof NotWell) return error.exitCode;
	return error instanceof Interrupted ? 130 : 1;
}

export function renderFailure(error: unknown, { debug = false }: FailureOptions = {}): string {
	if (error instanceof BuildError) {
		const place = `  the last construct that was made is ${error.last}`;
		const lines = [headline(error.message), place];
		return (
			error.cause instanceof VisibleError && !debug ? lines : [...lines, renderUnexpected(error.cause)]
		).join("\n");
	}
	if (debug && error instanceof Error) return `${renderFailure(error)}\n${traceOf(error)}`;
	if (error instanceof ConfigError)
		return block(
			`${error.subject} has ${plural(error.problems.length, "problem")}`,
			error.problems.map(renderProblem),
		);
	if (error instanceof PolicyError)
		return block(
			`${plural(error.findings.length, "finding")}, nothing was written`,
			renderFindings(error.findings, paint),
		);
	if (error instanceof TerraformError) return renderTerraform(error);
	if (error instanceof UsageError) {
		const [first = "", ...rest] = error.message.split("\n");
		const hint = error.hint === undefined ? [] : [`  ${help(error.hint)}`];
		return [headline(first), ...rest.map((line) => `  ${line}`), ...hint].join("\n");
	}
	if (error instanceof Interrupted) return headline("interrupted");
	if (error instanceof VisibleError) return headline(error.message);
	const missing = missingBinding(error);
	if (missing !== undefined) return [headline(missing.message), `  ${help(missing.remedy)}`].join("\n");
	if (error instanceof Error && isRefusal(error))
		return `${headline(error.message)}\n  ${help(permitted(error.path))}`;
	// An error of the system names the operation and the file; a trace would add nothing.
	if (error instanceof Error && "syscall" in error) return headline(error.message);
	return renderUnexpected(error);
}

/** An unexpected error, with its trace for whoever fixes it. */
function renderUnexpected(error: unknown): string {
	return [
		headline("this is a defect of infra, not of your input"),
		traceOf(error),
		`  ${help(`${defects} says how to report it`)}`,
	].join("\n");
}

/** A trace, followed by those of its causes, indented. */
function traceOf(error: unknown): string {
	return inspect(error, { colors: false }).replaceAll(/^(?=.)/gm, "  ");
}

/** Whether a file operation was refused: permissions, or a read-only file system. */
function isRefusal(error: NodeJS.ErrnoException): error is NodeJS.ErrnoException & { path: string } {
	return ["EACCES", "EPERM", "EROFS"].includes(error.code ?? "") && error.path !== undefined;
}

/** Shows the absolute path: a relative one may be relative to an unexpected folder. */
function permitted(path: string): string {
	return `${resolve(path)} is not this user's to read or write; in a checkout of somebody else, work in a clone of your own`;
}

/** Findings grouped by construct, a paragraph each. */
export function renderFindings(findings: readonly Finding[], colour: typeof paint): string[] {
	const byPlace = Map.groupBy(findings, ({ path, address }) => (address ? `${path}  (${address})` : path));
	return [...byPlace].map(([place, group]) =>
		[
			colour("bold", place || "the whole world"),
			...group.flatMap(({ rule, severity, argument, message, remedy }) => [
				`  ${colour(severity === "error" ? "red" : "yellow", rule)}  ${argument && `${argument}: `}${message}`,
				`    ${colour("cyan", "help:")} ${remedy}`,
			]),
		].join("\n"),
	);
}

function renderProblem({ path, message, input, candidates }: Problem): string {
	const suggestion =
		input !== undefined && candidates !== undefined ? didYouMean(input, candidates) : undefined;
	return [
		paint("bold", path),
		`  ${message}`,
		...(suggestion === undefined ? [] : [`  ${help(suggestion)}`]),
	].join("\n");
}

function renderTerraform({ message, failure }: TerraformError): string {
	const { diagnostics, stderr = "", findings = [] } = failure;
	const last = foreignText(stripVTControlCharacters(stderr), "\n\t")
		.trim()
		.split("\n")
		.slice(-shownLines)
		.filter(Boolean);
	if (diagnostics.length === 0) return block(message, last.length > 0 ? [last.join("\n")] : []);
	return block(message, [
		...diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, failure.stateLock)),
		...findings.map(renderCause),
	]);
}

function renderCause({ class: name, address, path, message, remedy }: ChangeFinding): string {
	const place = path === undefined ? address : `${path}  (${address})`;
	return [
		paint("bold", foreignText(place)),
		`  ${paint("red", name)}  ${foreignText(message)}`,
		`    ${help(foreignText(remedy))}`,
	].join("\n");
}

/** A diagnostic of Terraform with its construct. */
export function renderDiagnostic(diagnostic: LocatedDiagnostic, lock?: StateLock): string {
	const { address, path } = diagnostic;
	const readable = (text: string) => foreignText(text, "\n\t");
	const [summary, detail] = [readable(diagnostic.summary), readable(diagnostic.detail ?? "")];
	const place = path === undefined ? address : `${path}  (${address})`;
	const protection = summary === "Instance cannot be destroyed";
	const stateLock = /^Error (un)?locking state|^Error acquiring the state lock/.test(summary);
	return [
		paint("bold", readable(place ?? summary)),
		...(place === undefined ? [] : [`  ${summary}`]),
		...(detail && !protection
			? (stateLock ? withoutLockAdvice(detail, lock) : detail)
					.trim()
					.split("\n")
					.map((line) => `  ${line}`.trimEnd())
			: []),
		...(stateLock
			? [`  ${help(lock?.help ?? "wait until who holds it has ended, and run the command again")}`]
			: []),
		...(protection
			? [
					"  it holds data, so its construct forbids to destroy it (lifecycle.prevent_destroy)",
					`  ${help("when its creation was interrupted, infra deploy takes it up; when its end is meant, lift the protection in the code and deploy that first")}`,
				]
			: []),
	].join("\n");
}

/**
 * Drops the advice of Terraform to apply without a lock, with which two processes could write one state, and information
 * that is not about who holds it.
 */
function withoutLockAdvice(detail: string, lock: StateLock | undefined): string {
	return detail
		.split("\n\n")
		.filter((paragraph) => !paragraph.includes("-lock=false"))
		.map((paragraph) =>
			lock?.describesHolder === false ? paragraph.replace(/\n?Lock Info:[\s\S]*/, "") : paragraph,
		)
		.join("\n\n");
}

function headline(text: string): string {
	return `${paint(["red", "bold"], "error:")} ${text}`;
}

function help(text: string): string {
	return `${paint("cyan", "help:")} ${text}`;
}

function block(title: string, paragraphs: readonly string[]): string {
	return [headline(title), ...paragraphs.map((text) => text.replaceAll(/^(?=.)/gm, "  "))].join("\n\n");
}
