import { stringify } from "yaml";
import { type HandedStack, type Handover, keptLines } from "./handover.ts";
import { heading } from "./heading.ts";

/** Kinds of sources that the controller reads stacks from. */
export type SourceKind = "GitRepository" | "OCIRepository" | "Bucket";

export interface TofuControllerInput extends Handover {
	/** Flux' source with the synthesised stacks, in the same namespace. */
	readonly source: { readonly kind: SourceKind; readonly name: string };
	/** Apply every plan; otherwise somebody approves each by its name. */
	readonly autoApprove: boolean;
}

/**
 * A `Terraform` of the tofu-controller per stack.
 *
 * Its fields: https://flux-iac.github.io/tofu-controller/References/terraform/
 */
export function renderTofuController(input: TofuControllerInput): string {
	const documents = input.stacks.map((stack) =>
		stringify(
			{
				apiVersion: "infra.contrib.fluxcd.io/v1alpha2",
				kind: "Terraform",
				metadata: { name: stack.name, namespace: "flux-system" },
				spec: {
					interval: "1h",
					approvePlan: input.autoApprove ? "auto" : "",
					path: `./${stack.folder}`,
					sourceRef: input.source,
					...(stack.dependsOn.length > 0 && { dependsOn: stack.dependsOn.map((name) => ({ name })) }),
					...backendConfig(stack),
				},
			},
			{ lineWidth: 0 },
		),
	);
	return heading(notes(input)) + documents.map((document) => `---\n${document}`).join("");
}

/**
 * The backend of the stack's document once more: the controller overrides it by one of Kubernetes unless it is told
 * another, and with `disable: true` it saves no plan, so that it could not apply what was approved.
 */
function backendConfig({ backend: { type, settings } }: HandedStack): object {
	if (type === "local") return {};
	const lines = Object.entries(settings).map(([key, value]) => `  ${key} = ${hcl(value)}`);
	return { backendConfig: { customConfiguration: [`backend "${type}" {`, ...lines, "}", ""].join("\n") } };
}

/** A literal of HCL; text that looks like a template stays text. */
function hcl(value: unknown): string {
	return JSON.stringify(value).replaceAll(/[$%](?=\{)/g, "$&$&");
}

function notes(input: TofuControllerInput): string[] {
	const local = input.stacks.filter(({ backend }) => backend.type === "local").map(({ name }) => name);
	const database = input.stacks.filter(({ backend }) => backend.type === "pg").map(({ name }) => name);
	return [
		"Written by infra export --engine tofu-controller.",
		`The ${input.source.kind} ${input.source.name} must hold what infra synth has written, at these paths: git ignores it in`,
		"this repository, so push it as an artifact or to a repository of its own that only operators read.",
		...keptLines(input),
		...(local.length > 0
			? [
					`The state of ${local.join(", ")} begins empty in a Secret of the controller, for its document says a local file:`,
					"move the state there before these objects are created.",
				]
			: []),
		...(database.length > 0
			? [`The runner of ${database.join(", ")} needs PGPASSWORD (spec.runnerPodTemplate.spec.env).`]
			: []),
	];
}
