// A program that takes the place of curl in the tests: it writes its arguments as UTF-8 into the file
// that the variable ARGUMENTS names, and one NUL after each argument.
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

int wmain(int count, wchar_t **arguments) {
  static char text[1 << 16];
  FILE *file = _wfopen(_wgetenv(L"ARGUMENTS"), L"ab");
  if (!file) return 1;
  for (int at = 1; at < count; at++) {
    int size = WideCharToMultiByte(CP_UTF8, 0, arguments[at], -1, text, sizeof text, NULL, NULL);
    fwrite(text, 1, size, file); // the size includes the NUL
  }
  return fclose(file);
}
