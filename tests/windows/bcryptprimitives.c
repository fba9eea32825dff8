// The library bcryptprimitives.dll for versions of wine that lack it. Rust programs call its function
// ProcessPrng to get random numbers.
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
  return RtlGenRandom(data, (ULONG)size);
}
