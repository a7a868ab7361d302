// Names of Web types that the declarations of aws4fetch use, and those of Bun do not give globally.

type HeadersInit = ConstructorParameters<typeof Headers>[0];
type BodyInit = ConstructorParameters<typeof Response>[0];
