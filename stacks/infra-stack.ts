import { Aspects, LocalBackend, PgBackend, TerraformElement, TerraformStack } from "cdktf";
import { invokeAspects } from "cdktf/lib/synthesize/synthesizer.js";
import { deepMerge } from "cdktf/lib/util.js";
import type { Construct } from "constructs";
import type { Site } from "../config/schema/site.ts";
import { VisibleError } from "../config/schema/visible-error.ts";
import { IgnoreAdmissionDrift } from "../constructs/kubernetes/ignore-admission-drift.ts";
import { siteOf } from "../constructs/site.ts";
import { type Address, type Json, readDocument, type StackDocument } from "../world/world.ts";
import { type StackFacts, siteOutput } from "./declaration.ts";
import { DocumentSynthesizer } from "./document-synthesizer.ts";
import { providers } from "./providers.ts";
import { resolveTokens } from "./resolve-tokens.ts";
import { stateBackend } from "./state-backend.ts";
import { stateSection } from "./state-section.ts";

/**
 * Base of every stack: state backend by tier, providers on first use, drift of admission webhooks ignored.
 *
 * A stack is synthesised once, before anything is written, and its document does not change afterwards: rules and
 * output see the same.
 */
export class InfraStack extends TerraformStack {
	readonly site: Site;
	readonly facts: StackFacts;
	/** Endpoints that this stack serves, with their addresses. */
	readonly produced = new Map<string, Address>();
	/** Endpoints that this stack needs. */
	readonly consumed = new Set<string>();
	#document: StackDocument | undefined;

	constructor(scope: Construct, facts: StackFacts) {
		super(scope, facts.name);
		this.synthesizer = new DocumentSynthesizer(this, this.synthesizer);
		this.site = siteOf(scope);
		this.facts = facts;
		const backend = stateBackend(this.site, facts);
		if ("local" in backend) new LocalBackend(this, backend.local);
		else if ("http" in backend) this.addOverride("terraform.backend", backend);
		else new PgBackend(this, { connStr: backend.pg.conn_str, schemaName: backend.pg.schema_name });
		this.addOverride(`output.${siteOutput}.value`, this.site.name);
		this.addOverride("//.state", stateSection(this.site, facts));
		Aspects.of(this).add(new IgnoreAdmissionDrift());
	}

	/** Declares an endpoint that this stack serves; the rule `endpoint-produced` compares it with the catalogue. */
	produce(name: string, { host, ports }: Address): void {
		this.produced.set(name, { host, ports });
	}

	/** The address of an endpoint that this stack depends on. @throws when the catalogue does not list it */
	consume(name: string): Address {
		const endpoint = this.site.endpoints[name];
		if (endpoint === undefined)
			throw new VisibleError(
				`${this.node.path} consumes the endpoint "${name}"; site.endpoints lists ${Object.keys(this.site.endpoints).join(", ")}`,
			);
		this.consumed.add(name);
		return endpoint;
	}

	/** Synthesises the stack at the first call, and returns the same document from then on. */
	synthesizeOnce(): StackDocument {
		if (this.#document === undefined) {
			invokeAspects(this);
			this.#addProviders();
			// Skips the engine's preparation, which would resolve everything once more to turn references between
			// stacks into remote state; here such references break a rule.
			const { produced, consumed } = this;
			this.#document = readDocument(this.node.id, this.#render(), {
				produced: Object.fromEntries(produced),
				consumed: [...consumed],
			});
			this.runAllValidations();
		}
		return this.#document;
	}

	override prepareStack(): void {
		this.synthesizeOnce();
	}

	override toTerraform(): StackDocument["json"] {
		return this.synthesizeOnce().json;
	}

	/**
	 * Returns the same as the engine's own method, which a test checks. That one resolves and copies everything twice;
	 * with a thousand owners it takes three quarters of the synthesis.
	 */
	#render(): StackDocument["json"] {
		const elements = this.#elements();
		const { cdktfVersion, rawOverrides } = this as unknown as EngineStack;
		const metadata = {
			version: cdktfVersion,
			stackName: this.node.id,
			backend: "local",
			overrides: { stack: Object.keys(rawOverrides) },
		};
		for (const element of elements) {
			const own = resolveTokens(this, element.toMetadata()) as object;
			if (Object.keys(own).length > 0) deepMerge(metadata, own);
		}
		const document = { "//": { metadata, outputs: {} } };
		for (const element of elements) join(document, resolveTokens(this, element.toTerraform()) as Tree);
		return deepMerge(document, rawOverrides);
	}

	#elements(): TerraformElement[] {
		return this.node.findAll().filter((node) => TerraformElement.isTerraformElement(node));
	}

	#addProviders(): void {
		const elements = this.#elements();
		const needed = new Set(
			elements.flatMap((element) =>
				"terraformResourceType" in element ? [String(element.terraformResourceType).split("_")[0] ?? ""] : [],
			),
		);
		for (const [name, { version, create }] of Object.entries(providers))
			if (needed.has(name) && this.node.tryFindChild(name) === undefined) {
				create(this, this.site);
				this.addOverride(`terraform.required_providers.${name}.version`, version);
			}
		this.addOverride("terraform.required_version", ">= 1.11");
	}
}

/** Private members of the engine's stack. */
interface EngineStack {
	readonly cdktfVersion: string;
	readonly rawOverrides: Tree;
}

type Tree = { [key: string]: Json };

/** Merges one tree into another; subtrees that only one of them has are not copied. */
function join(target: Tree, source: Tree): void {
	for (const [key, value] of Object.entries(source)) {
		const present = target[key];
		if (isTree(present) && isTree(value)) join(present, value);
		else target[key] = Array.isArray(present) && Array.isArray(value) ? [...present, ...value] : value;
	}
}

function isTree(value: Json | undefined): value is Tree {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
