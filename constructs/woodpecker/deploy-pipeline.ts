import { Scalar, stringify } from "yaml";
import { ownerNames } from "../../config/registry/owner-names.ts";
import { httpUrl } from "../../config/schema/endpoints.ts";
import { label } from "../../config/schema/primitives.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

/** What an owner's pipeline deploys. */
export interface DeployTarget {
	/** Key of the owner whose repository it is. */
	readonly owner: string;
	/** A namespace of the owner. */
	readonly namespace: string;
	/** Name of the Deployment in it. */
	readonly deployment: string;
	/** Name of the container whose image is set. */
	readonly container: string;
	/** Image without a tag, as it is pushed and pulled. */
	readonly image: string;
}

/** An image without a tag or a digest. */
const repository = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+$/;

/** Directory with the token that Kubernetes mounts into a pod. */
const account = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Shortest lifetime of a token that Kubernetes issues (TokenRequest API). */
const shortestToken = "600s";

/** File in the workspace with the deployer's token, from one step to the next. */
const tokenFile = ".deploy-token";

/**
 * The pipeline of an owner's repository, as `.woodpecker.yaml` (Woodpecker 3.17, "Workflow syntax"): every push to the
 * default branch is built, pushed and deployed. With its service account the pod gets a token from Vault that can set
 * images in one namespace and expires after ten minutes. Secrets that the repository needs: `registry_username`,
 * `registry_password`.
 *
 * Shell code uses `$name` without braces: the server would replace `${name}` before a shell sees it.
 *
 * @throws VisibleError for a name with characters that a shell interprets, or an image that has a tag already
 */
export function renderDeployPipeline(
	{ endpoints, woodpecker }: Pick<Site, "endpoints" | "woodpecker">,
	target: DeployTarget,
): string {
	const { owner, namespace, deployment, container, image } = target;
	for (const [what, name] of Object.entries({ owner, namespace, deployment, container }))
		if (!label.safeParse(name).success)
			throw new VisibleError(`${what} "${name}": expected lower-case letters, digits and inner dashes`);
	if (!repository.test(image))
		throw new VisibleError(
			`image "${image}": expected one without a tag, such as docker.io/${namespace}/web`,
		);
	const { images } = woodpecker;
	const server = endpoints["vault-active"];
	if (server === undefined)
		throw new VisibleError("site.endpoints has no vault-active: nobody issues tokens");
	const [builder] = images.privileged;
	return stringify(
		{
			when: [{ event: ["push", "manual"], evaluate: "CI_COMMIT_BRANCH == CI_REPO_DEFAULT_BRANCH" }],
			steps: [
				...(builder === undefined
					? []
					: [
							{
								name: "build",
								image: builder,
								settings: {
									repo: image,
									platforms: "linux/amd64",
									// The server replaces these two. Never `latest`: caches keep an old one.
									tags: [quoted("${CI_COMMIT_SHA:0:8}"), quoted("${CI_PIPELINE_NUMBER}")],
									username: { from_secret: "registry_username" },
									password: { from_secret: "registry_password" },
								},
							},
						]),
				{
					name: "ask-for-token",
					image: images.vault,
					environment: { VAULT_ADDR: httpUrl(server) },
					commands: [
						"umask 077",
						`VAULT_TOKEN="$(vault write -field=token auth/kubernetes/login role=${ownerNames.pipelines(owner)} jwt=@${account}/token)"`,
						"export VAULT_TOKEN",
						`vault write -field=service_account_token kubernetes/creds/${ownerNames.deployer(namespace)} kubernetes_namespace=${namespace} ttl=${shortestToken} > ${tokenFile}`,
					],
				},
				{
					name: "deploy",
					image: images.kubectl,
					commands: [
						`TOKEN="$(cat ${tokenFile})"`,
						`rm ${tokenFile}`,
						`deploy() { kubectl --server=https://kubernetes.default.svc --certificate-authority=${account}/ca.crt --token="$TOKEN" --namespace=${namespace} "$@"; }`,
						`deploy set image deployment/${deployment} ${container}=${image}:"$(printf %.8s "$CI_COMMIT_SHA")"`,
						`deploy rollout status deployment/${deployment} --timeout=120s`,
					],
				},
			],
		},
		{ lineWidth: 0 },
	);
}

/** A quoted YAML string: unquoted, a commit such as 0012e345 would be read as a number. */
function quoted(text: string): Scalar {
	const scalar = new Scalar(text);
	scalar.type = Scalar.QUOTE_DOUBLE;
	return scalar;
}
