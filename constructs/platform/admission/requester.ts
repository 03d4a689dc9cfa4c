const right = (verb: string) =>
	`authorizer.group(request.resource.group).resource(request.resource.resource).subresource(has(request.subResource) ? request.subResource : '').check('${verb}').allowed()`;

/**
 * Whether the requester has the right in every namespace, as administrators and controllers have; rights of a tenant
 * end at the namespace.
 */
export const actsEverywhere = [
	`request.operation == 'UPDATE' ? (${right("update")} || ${right("patch")})`,
	`request.operation == 'DELETE' ? (${right("delete")} || ${right("deletecollection")})`,
	right("create"),
].join(" : ");

/** Whether the requester has rights in this namespace only. */
export const actsHereOnly = `!(${actsEverywhere})`;

/** Whether the requester may not bind roles in the whole cluster, as only administrators may. */
export const bindsNothing =
	"!authorizer.group('rbac.authorization.k8s.io').resource('clusterrolebindings').check('create').allowed()";

/** Administrators may remove a quota, and so may the controller that empties a namespace which goes away. */
export const keepsQuotas =
	"!authorizer.group('').resource('resourcequotas').namespace(request.namespace).check('delete').allowed()";
