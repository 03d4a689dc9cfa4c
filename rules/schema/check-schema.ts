import { branch } from "../../providers/schema/argument.ts";
import { committedSchema } from "../../providers/schema/committed.ts";
import {
	type Nested,
	type ProviderSchema,
	type SchemaSource,
	typeSchema,
} from "../../providers/schema/provider-schema.ts";
import { admits } from "../../providers/schema/version-constraint.ts";
import type { Json, Resource, StackDocument, World } from "../../world/world.ts";
import type { Finding } from "../finding.ts";
import { checkBody, type Reports } from "./check-arguments.ts";
import { isObject } from "./check-value.ts";
import { checkEphemeralValues } from "./ephemeral-values.ts";
import { metaBody } from "./meta-arguments.ts";

type Place = Pick<Finding, "stack" | "path" | "address">;

const refresh = "Run `npx infra schemas refresh`.";

/**
 * Checks every block of a world against the schema of its provider, as a plan would: unknown, missing, mistyped,
 * misnested, mutually exclusive and computed-only arguments; and that the version of the schema satisfies the stack's
 * constraint. Deprecated arguments are warnings.
 */
export function checkSchema({ stacks }: World, schemaOf: SchemaSource = committedSchema): Finding[] {
	const findings: Finding[] = [];
	for (const document of stacks) {
		const missing = new Set<string>();
		const hasEphemeral = document.resources.some(({ mode }) => mode === "ephemeral");
		for (const resource of document.resources) {
			const provider = resource.type.split("_")[0] ?? "";
			const schema = schemaOf(provider);
			const type = typeSchema(schema, resource);
			if (schema === undefined || type === undefined) {
				const key = `${resource.mode} ${resource.type}`;
				if (!missing.has(key)) findings.push(unknownType(resource));
				missing.add(key);
			} else {
				const reports = reportsInto(findings, resource);
				if (type.is.includes("deprecated"))
					reports.warning(
						"",
						`${resource.type} is deprecated by the provider`,
						"Use the type that replaces it.",
					);
				checkBlock(resource.arguments, type, schema, resource, reports);
				if (hasEphemeral) checkEphemeralValues(resource, branch(type, schema).body, reports.error);
			}
		}
		checkProviders(document, schemaOf, findings);
	}
	return findings;
}

function checkBlock(
	values: Resource["arguments"],
	nested: Nested,
	schema: ProviderSchema,
	{ mode, type }: { readonly mode: Resource["mode"] | "provider"; readonly type: string },
	reports: Reports,
): void {
	const { body } = branch(nested, schema);
	checkBody(values, { body, block: true, name: type }, "", reports, metaBody(mode));
}

function checkProviders({ stack, json }: StackDocument, schemaOf: SchemaSource, findings: Finding[]): void {
	for (const [name, blocks] of entries(json.provider)) {
		const schema = schemaOf(name);
		if (schema === undefined) continue;
		const reports = reportsInto(findings, { stack, path: stack, address: `provider.${name}` });
		for (const block of [blocks].flat())
			if (isObject(block))
				checkBlock(block, schema.provider, schema, { mode: "provider", type: name }, reports);
	}
	const terraform = isObject(json.terraform) ? json.terraform : {};
	for (const [name, requirement] of entries(terraform.required_providers)) {
		const schema = schemaOf(name);
		if (schema === undefined || !isObject(requirement) || typeof requirement.version !== "string") continue;
		if (admits(requirement.version, schema.version)) continue;
		const { error } = reportsInto(findings, { stack, path: stack, address: "" });
		error(
			`terraform.required_providers.${name}.version`,
			`"${requirement.version}" does not admit ${schema.version}, the version whose schema everything was checked against`,
			`Admit ${schema.version}, or: ${refresh}`,
		);
	}
}

function unknownType({ mode, type, stack, path, address }: Resource): Finding {
	return {
		rule: "schema",
		severity: "error",
		stack,
		path,
		address,
		argument: "",
		message: `the compact schemas do not hold ${mode} ${type}`,
		remedy: `${refresh} It keeps what imported provider classes and own classes with a static tfResourceType create.`,
	};
}

function reportsInto(findings: Finding[], { stack, path, address }: Place): Reports {
	const report =
		(severity: Finding["severity"]): Reports["error"] =>
		(argument, message, remedy) =>
			findings.push({ rule: "schema", severity, stack, path, address, argument, message, remedy });
	return { error: report("error"), warning: report("warning") };
}

function entries(value: Json | undefined): [string, Json | undefined][] {
	return isObject(value) ? Object.entries(value) : [];
}
