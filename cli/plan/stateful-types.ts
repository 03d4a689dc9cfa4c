/** Whether objects of a resource type hold data that ends with them. */
export function isStatefulType(_type: string): boolean {
	return false;
}
