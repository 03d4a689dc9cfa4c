export { freePort, freePortPair } from "../../../lab/free-port.ts";
