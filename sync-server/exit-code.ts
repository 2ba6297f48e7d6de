/** What the process ends with. 78 is EX_CONFIG of sysexits.h. */
export const ExitCode = { Ok: 0, Failed: 1, WrongConfiguration: 78 } as const
