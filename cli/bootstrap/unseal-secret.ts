import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { serverNamespace as namespace } from "../../constructs/vault/server/values.ts";
import { checked, type Step } from "./checklist.ts";
import type { Founding } from "./founding.ts";

/**
 * The Secret from which the sidecars unseal their servers, where those are in the cluster. Terraform does not make it:
 * it has to be there while Vault is not.
 *
 * @returns a step for an empty one, without which no pod starts, and one that puts the key into it
 */
export function unsealSecretSteps(founding: Founding): { readonly empty: Step[]; readonly filled: Step[] } {
	const { site, safe } = founding;
	const { server } = site.vault;
	if (server.kind !== "chart") return { empty: [], filled: [] };
	const { name, key } = server.unsealSecret;
	const share = async () => ((await safe.open()).unsealKeys ?? [])[0] ?? "";
	return {
		empty: [
			checked("the Secret for the key of Vault is there, without which its pods do not start", {
				look: async () => (await secretValue(founding, name, key)) !== undefined,
				act: async () => writeSecret(founding, name, { [key]: await share() }),
			}),
		],
		filled: [
			checked("the sidecars of Vault have its key", {
				// Whoever else has initialised it has given it to them.
				look: async () =>
					(await share()) === "" || (await secretValue(founding, name, key)) === (await share()),
				act: async () => writeSecret(founding, name, { [key]: await share() }),
			}),
		],
	};
}

/** @throws VisibleError when the cluster does not say */
export async function secretValue(
	{ site }: Pick<Founding, "site">,
	name: string,
	key: string,
): Promise<string | undefined> {
	const args = ["-n", namespace, "get", "secret", name, "--ignore-not-found", "-o", "json"];
	const { code, stdout, stderr } = await kubectl(site, args);
	if (code !== 0) throw new VisibleError(`Secret ${namespace}/${name} cannot be read: ${stderr.trim()}`);
	if (stdout === "") return undefined;
	const { data = {} } = JSON.parse(stdout) as { readonly data?: Readonly<Record<string, string>> };
	return Buffer.from(data[key] ?? "", "base64").toString("utf8");
}

/** The value goes by standard input: arguments are in the list of processes. */
export async function writeSecret(
	{ site }: Pick<Founding, "site">,
	name: string,
	values: Readonly<Record<string, string>>,
): Promise<void> {
	const secret = {
		apiVersion: "v1",
		kind: "Secret",
		metadata: { name, namespace },
		type: "Opaque",
		stringData: values,
	};
	const args = ["apply", "--server-side", "--force-conflicts", "--field-manager=infra-bootstrap", "-f", "-"];
	const { code, stderr } = await kubectl(site, args, JSON.stringify(secret));
	if (code !== 0) throw new VisibleError(`Secret ${namespace}/${name} cannot be written: ${stderr.trim()}`);
}
