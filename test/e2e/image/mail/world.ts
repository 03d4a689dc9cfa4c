import { domain, worldOf } from "../../mail/mail-harness.ts";
import { withCases } from "./with-cases.ts";

export { domain };
/** A second domain: an account of its own, and nobody who gets the rest. */
export const second = "second.example";
/** The reference world, with what the cases ask for. `second-site.test.ts` puts another in its place. */
export const world = withCases(worldOf(domain, { [second]: false }), second);
