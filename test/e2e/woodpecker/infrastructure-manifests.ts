import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";

const woodpecker = await loadStack("woodpecker");
const admission = "/apis/admissionregistration.k8s.io/v1";

/** The admission policies of the stack `woodpecker` with their bindings, and where each is sent to. */
export async function infrastructureManifests(): Promise<{ api: string; manifest: object }[]> {
	const site = await loadSite("lab");
	const { documents } = new InfraApp({
		site,
		registry: await loadRegistry(site),
		stacks: [woodpecker],
	}).check();
	return documents
		.flatMap((document) => document.resources)
		.filter(({ type }) => type === "kubernetes_manifest")
		.map((resource) => resource.arguments.manifest as { readonly kind: string })
		.filter(({ kind }) => kind.startsWith("ValidatingAdmissionPolicy"))
		.map((manifest) => ({
			api: `${admission}/${manifest.kind === "ValidatingAdmissionPolicy" ? "validatingadmissionpolicies" : "validatingadmissionpolicybindings"}`,
			manifest,
		}));
}
