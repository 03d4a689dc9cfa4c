import type { Body } from "../../providers/schema/argument.ts";
import type { Json, Resource } from "../../world/world.ts";
import { isObject, type Report } from "./check-value.ts";

const reference = /[$%]\{[^}]*\bephemeral\./;
/** Blocks that exist only while Terraform works on the resource. */
const transient = ["connection", "provisioner"];

/**
 * Ephemeral values may only be in write-only arguments of managed resources, and in no data source: anything else would
 * be written to plan and state.
 */
export function checkEphemeralValues({ mode, arguments: values }: Resource, body: Body, error: Report): void {
	if (mode === "ephemeral") return;
	for (const [name, value] of Object.entries(values))
		if (!transient.includes(name) && mentions(value)) visit(name, value, body, name, error);
}

/** A quick test without paths, since most values mention nothing ephemeral. */
function mentions(value: Json | undefined): boolean {
	if (typeof value === "string") return value.includes("ephemeral.");
	if (typeof value !== "object" || value === null) return false;
	for (const key in value) if (mentions((value as Record<string, Json>)[key])) return true;
	return false;
}

function visit(
	name: string,
	value: Json | undefined,
	body: Body | undefined,
	path: string,
	error: Report,
): void {
	const argument = body?.arguments.get(name);
	if (argument?.writeOnly) return;
	if (typeof value === "string") {
		if (value.includes("ephemeral.") && reference.test(value))
			error(
				path,
				"takes an ephemeral value, but is not write-only: it would be kept in the state",
				"Use the write-only argument.",
			);
	} else if (Array.isArray(value))
		for (const [index, element] of value.entries()) visit(name, element, body, `${path}[${index}]`, error);
	else if (isObject(value)) {
		const inside = argument !== undefined && "body" in argument ? argument.body : undefined;
		for (const [key, element] of Object.entries(value)) visit(key, element, inside, `${path}.${key}`, error);
	}
}
