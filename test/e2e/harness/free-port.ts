export { freePort } from "../../../lab/free-port.ts";
