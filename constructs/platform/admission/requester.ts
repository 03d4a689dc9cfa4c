const right = (verb: string) =>
	`authorizer.group(request.resource.group).resource(request.resource.resource).subresource(has(request.subResource) ? request.subResource : '').check('${verb}').allowed()`;

/**
 * Whether who asks may do the same in every namespace: administrators, and controllers, whose rights are those of the
 * cluster. A tenant's end at the namespace.
 */
export const actsEverywhere = [
	`request.operation == 'UPDATE' ? (${right("update")} || ${right("patch")})`,
	`request.operation == 'DELETE' ? (${right("delete")} || ${right("deletecollection")})`,
	right("create"),
].join(" : ");

/** Who asks has no more rights here than a namespace gives. */
export const actsHereOnly = `!(${actsEverywhere})`;

/** Nobody but administrators may bind roles in the whole cluster. */
export const bindsNothing =
	"!authorizer.group('rbac.authorization.k8s.io').resource('clusterrolebindings').check('create').allowed()";

/** Administrators may remove a quota, and so may the controller that empties a namespace which goes away. */
export const keepsQuotas =
	"!authorizer.group('').resource('resourcequotas').namespace(request.namespace).check('delete').allowed()";
