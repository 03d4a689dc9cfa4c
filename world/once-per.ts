/** Caches a computed value per object: twenty rules read the same world, and none changes it. */
export function oncePer<Key extends object, Value>(compute: (key: Key) => Value): (key: Key) => Value {
	const known = new WeakMap<Key, { readonly value: Value }>();
	return (key) => {
		let entry = known.get(key);
		if (entry === undefined) {
			entry = { value: compute(key) };
			known.set(key, entry);
		}
		return entry.value;
	};
}
