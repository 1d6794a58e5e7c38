// What is used of this package, by name: a dynamic import of all of it could not be shaken.
export { defaultProvider } from "@aws-sdk/credential-provider-node";
