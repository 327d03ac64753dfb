/* The same for CPython. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *nothing(PyObject *module, PyObject *const *arguments, Py_ssize_t count) {
    (void)module, (void)arguments, (void)count;
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {{"nothing", (PyCFunction)(void (*)(void))nothing, METH_FASTCALL, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "empty", NULL, -1, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_empty(void) { return PyModule_Create(&definition); }
