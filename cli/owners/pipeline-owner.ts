import { pipelineOwners } from "../../config/registry/derive.ts";
import type { Registry } from "../../config/registry/registry.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

/**
 * Key of the owner whose pipelines deploy into a namespace.
 *
 * @param named whom the user asked for @default the only owner of the namespace
 * @throws VisibleError when nobody, or somebody else, deploys there, or the CI server runs no pipelines of theirs
 */
export function pipelineOwnerOf(
	registry: Pick<Registry, "owners" | "namespaces">,
	namespace: string,
	named?: string,
): string {
	const owners = registry.namespaces.find(({ name }) => name === namespace)?.owners ?? [];
	const active = owners.filter(({ disabled }) => !disabled).map(({ key }) => key);
	if (active.length === 0)
		throw new VisibleError(
			`namespace ${namespace} has no active owner: infra owners list shows who has which`,
		);
	const [only = "", ...others] = active;
	if (named === undefined && others.length > 0)
		throw new VisibleError(
			`namespace ${namespace} has several owners: say --owner, one of ${active.join(", ")}`,
		);
	const key = named ?? only;
	if (!active.includes(key))
		throw new VisibleError(`${key} has no rights in namespace ${namespace}: expected ${active.join(" or ")}`);
	if (!pipelineOwners(registry).some((owner) => owner.key === key))
		throw new VisibleError(
			`${key} has no ci_org_id, so that no agent runs their pipelines: docs/runbooks/woodpecker.md says where it comes from`,
		);
	return key;
}
